import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { Variables } from '../stage.js';

/** Receives callbacks, verifies them as any receiver would, and answers 204 after a moment. */
export class CallbackReceiver {
  /** The bodies that came with each `webhook-id`; more than one of a callback that was repeated with another body. */
  readonly bodies = new Map<string, Set<string>>();
  /** How many were answered. */
  delivered = 0;
  /** How many came with a wrong signature, or none. */
  unsigned = 0;
  private readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  private readonly webhook = new Webhook(this.secret);

  private constructor(
    private readonly server: Server,
    private readonly answersAfterMs: number,
  ) {
    server.on('request', (request, response) => void this.receive(request, response));
  }

  static async start(answersAfterMs: number): Promise<CallbackReceiver> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new CallbackReceiver(server, answersAfterMs);
  }

  get url(): string {
    return `http://${this.host}/stopped`;
  }

  /** What the service needs to send callbacks here. */
  get variables(): Variables {
    return {
      CALLBACK_HOSTS: this.host,
      CALLBACK_SECRETS: this.secret,
      ALLOW_PRIVATE_CALLBACKS: 'true',
    };
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
  }

  private get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => null);
    // Its sender was killed.
    if (body === null) return;
    this.note(request, body.toString());
    setTimeout(() => {
      this.delivered += 1;
      response.writeHead(204).end();
    }, this.answersAfterMs);
  }

  private note({ headers }: IncomingMessage, body: string): void {
    try {
      this.webhook.verify(body, headers as Record<string, string>);
    } catch {
      this.unsigned += 1;
      return;
    }
    const id = String(headers['webhook-id']);
    this.bodies.set(id, (this.bodies.get(id) ?? new Set()).add(body));
  }
}
