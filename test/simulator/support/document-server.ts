import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  /** The path and query, unparsed. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A reply, a sequence of replies of which the last repeats, or 'never' for no reply. */
type Route = Reply | readonly Reply[] | 'never';

/** A customer's web server, which serves documents and receives status callbacks. */
export class DocumentServer {
  readonly requests: ReceivedRequest[] = [];
  private readonly routes = new Map<string, Route>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<DocumentServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const documents = new DocumentServer(server, `http://127.0.0.1:${port}`);
    server.on('request', (request, response) => {
      void documents.receive(request, response);
    });
    return documents;
  }

  /** Serves `verbs` inside `<Response>` and returns the address. */
  document(path: string, verbs: string): string {
    return this.reply(path, { body: `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>` });
  }

  /** Sets the reply for `path` and returns the address. The default content type is XML. */
  reply(path: string, route: Route): string {
    this.routes.set(path, route);
    return `${this.url}${path}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await this.drained();
  }

  /** Accepts no more connections and waits until the clients have closed theirs. */
  async drained(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = await request.toArray();
    const target = request.url ?? '';
    const body = Buffer.concat(chunks).toString();
    this.requests.push({ method: request.method ?? '', target, headers: request.headers, body });
    const path = target.split('?')[0] ?? '';
    const route = this.routes.get(path) ?? { status: 404 };
    if (route === 'never') return;
    const reply = Array.isArray(route) ? this.next(path, route) : (route as Reply);
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/xml', ...reply.headers });
    response.end(reply.body ?? '');
  }

  private next(path: string, [reply = {}, ...rest]: readonly Reply[]): Reply {
    if (rest.length > 0) this.routes.set(path, rest);
    return reply;
  }
}
