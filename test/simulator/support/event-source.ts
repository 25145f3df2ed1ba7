import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { Simulator } from '../../../src/simulator/simulator.js';

export interface Received {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Reads the simulator's events and parses the stream as browsers do. */
export class EventSource {
  readonly received: Received[] = [];
  text = '';
  /** Resolves when the stream ends or fails. */
  readonly ended: Promise<void>;
  private readonly changes = new EventEmitter();

  private constructor(
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
    private readonly body: NodeJS.ReadableStream & { destroy(): void },
  ) {
    this.ended = this.read().catch(() => undefined);
  }

  /** @throws if the status is not 200 */
  static async open({ url }: Simulator, lastEventId?: string): Promise<EventSource> {
    const { statusCode, headers, body } = await request(`${url}/simulator/events`, {
      headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    });
    if (statusCode !== 200)
      throw new Error(`The simulator responded with ${statusCode}: ${await body.text()}`);
    return new EventSource(headers, body);
  }

  /** The first past or future event that matches `predicate`. */
  async until(predicate: (received: Received) => boolean): Promise<Received> {
    for (;;) {
      const found = this.received.find(predicate);
      if (found !== undefined) return found;
      await this.more();
    }
  }

  async untilText(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await this.more();
  }

  close(): void {
    this.body.destroy();
  }

  private async more(): Promise<void> {
    const over = this.ended.then(() => delay(0)).then(() => Promise.reject(new Error('The events ended')));
    await Promise.race([once(this.changes, 'change'), over]);
  }

  private async read(): Promise<void> {
    let rest = '';
    for await (const chunk of this.body.setEncoding('utf8')) {
      const text = String(chunk);
      this.text += text;
      const blocks = `${rest}${text}`.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
      this.changes.emit('change');
    }
  }

  private take(block: string): void {
    const lines = block.split(/\r\n|\r|\n/).map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    });
    const { id = '', event, data } = Object.fromEntries(lines);
    if (data !== undefined) this.received.push({ id, event: event ?? 'message', data: JSON.parse(data) });
  }
}
