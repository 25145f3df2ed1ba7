import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Cancellation } from '../../src/api/cancellation.js';
import { NotHeldError } from './drill.js';
import { inParallel } from './in-parallel.js';

const ANSWER_LIMIT_MS = 5000;
const ASKS_AGAIN_AFTER_MS = 100;
const CONNECTIONS = 64;

/** What an internal service asks for. */
export interface Wish {
  readonly callSid: string;
  readonly streamName?: string;
  readonly project?: string;
  readonly deadlineMs?: number;
}

/** A cancellation for which a caller holds a 202. */
export interface Accepted {
  readonly id: string;
  readonly callSid: string;
}

export interface Reply {
  /** 0 where no answer came. */
  readonly status: number;
  readonly tookMs: number;
  readonly retryAfter: string | undefined;
  readonly body: Partial<Cancellation> & { readonly code?: string };
  /** Why no answer came, such as ECONNREFUSED. */
  readonly error?: string;
}

export interface CallerOptions {
  /** False for a connection of its own for each request. */
  readonly keepAlive?: boolean;
  /** Where it keeps what was accepted. */
  readonly accepted?: Map<string, Accepted>;
}

/** An internal service: it uses the processes of the API in turn, and keeps every id that it was given with a 202. */
export class Caller {
  readonly urls: string[] = [];
  readonly accepted: Map<string, Accepted>;
  private readonly agent: Agent;
  private turn = 0;

  constructor(
    private readonly signal: AbortSignal,
    { keepAlive = true, accepted = new Map<string, Accepted>() }: CallerOptions = {},
  ) {
    this.accepted = accepted;
    this.agent = new Agent({ connections: CONNECTIONS, pipelining: keepAlive ? 1 : 0 });
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  /** Asks once. */
  async ask(wish: Wish, key?: string): Promise<Reply> {
    const reply = await this.send('POST', '/cancellations', { streamName: 'stream', ...wish }, key);
    const { id } = reply.body;
    if (reply.status === 202 && id !== undefined) this.accepted.set(id, { id, callSid: wish.callSid });
    return reply;
  }

  /**
   * Asks until it is accepted, always with the same `Idempotency-Key`.
   *
   * @returns the id
   * @throws {NotHeldError} the API takes a good request for a bad one
   */
  async insist(wish: Wish, key = randomUUID()): Promise<string> {
    for (;;) {
      const { status, body } = await this.ask(wish, key);
      if (status === 202) return String(body.id);
      if (status >= 400 && status < 500)
        throw new NotHeldError(`the API answered ${status} ${body.code ?? ''}`);
      await delay(ASKS_AGAIN_AFTER_MS, undefined, { signal: this.signal });
    }
  }

  /** Asks as `insist` does, for many at a time. @returns the ids in order */
  async insistOnAll(wishes: readonly Wish[]): Promise<string[]> {
    return inParallel(wishes, CONNECTIONS, (wish) => this.insist(wish));
  }

  get(path: string): Promise<Reply> {
    return this.send('GET', path);
  }

  /** All that have these ids, as the API tells of them; those that it does not know are absent. */
  async find(ids: readonly string[]): Promise<Map<string, Cancellation>> {
    const replies = await inParallel(ids, CONNECTIONS, (id) => this.read(id));
    const known = replies.filter(({ status }) => status === 200);
    return new Map(known.map(({ body }) => [String(body.id), body as Cancellation]));
  }

  /** Asks until the API can tell. */
  private async read(id: string): Promise<Reply> {
    for (;;) {
      const reply = await this.get(`/cancellations/${id}`);
      if (reply.status === 200 || reply.status === 404) return reply;
      await delay(ASKS_AGAIN_AFTER_MS, undefined, { signal: this.signal });
    }
  }

  /** To the next process in turn; a refused connection is tried again at the one after, as balancers do. */
  private async send(method: Method, path: string, body?: object, key?: string): Promise<Reply> {
    const turn = this.turn++;
    for (let tries = 1; ; tries += 1) {
      const url = this.urls[(turn + tries) % this.urls.length] ?? '';
      const reply = await this.sendTo(url + path, method, body, key);
      if (reply.error !== 'ECONNREFUSED' || tries >= this.urls.length) return reply;
    }
  }

  private async sendTo(url: string, method: Method, body?: object, key?: string): Promise<Reply> {
    this.signal.throwIfAborted();
    const start = performance.now();
    const took = (): number => performance.now() - start;
    try {
      const answer = await request(url, {
        method,
        dispatcher: this.agent,
        signal: AbortSignal.any([this.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        body: body ? JSON.stringify(body) : null,
      });
      const tookMs = took();
      const retryAfter = answer.headers['retry-after'];
      return {
        status: answer.statusCode,
        tookMs,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
        body: (await answer.body.json()) as Reply['body'],
      };
    } catch (error) {
      this.signal.throwIfAborted();
      const { code, name } = error as NodeJS.ErrnoException;
      return { status: 0, tookMs: took(), retryAfter: undefined, body: {}, error: code ?? name };
    }
  }
}

type Method = 'GET' | 'POST';
