import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Cancellation } from './cancellation.js';
import { ExpectationError } from '../drill.js';
import { inParallel } from './in-parallel.js';

const ANSWER_LIMIT_MS = 5000;
const BATCH_ANSWER_LIMIT_MS = 30_000;
const ASKS_AGAIN_AFTER_MS = 100;
const CONNECTIONS = 64;

/** What an internal service asks for. */
export interface Wish {
  readonly callSid: string;
  /** Default `stream`. */
  readonly streamName?: string;
  readonly project?: string;
  readonly deadlineMs?: number;
  readonly callbackUrl?: string;
}

/** A cancellation that was answered with 202. */
export interface Accepted {
  readonly id: string;
  readonly callSid: string;
}

export interface Reply {
  /** 0 if no answer came. */
  readonly status: number;
  readonly tookMs: number;
  readonly retryAfter: string | undefined;
  readonly body: Partial<Cancellation> & { readonly code?: string };
  /** Why no answer came, such as ECONNREFUSED. */
  readonly error?: string;
}

export interface CallerOptions {
  /** False = a new connection for each request. */
  readonly keepAlive?: boolean;
  /** Shared with another caller. */
  readonly accepted?: Map<string, Accepted>;
  readonly apiKey?: string | undefined;
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly key?: string | undefined;
  readonly limitMs?: number;
}

const bodyOf = (wish: Wish): object => ({ streamName: 'stream', ...wish });

/** An internal service. It uses the API processes in turn and keeps every id that was answered with 202. */
export class Caller {
  readonly urls: string[] = [];
  readonly accepted: Map<string, Accepted>;
  private readonly agent: Agent;
  private readonly authorization: { readonly authorization?: string };
  private turn = 0;

  constructor(
    private readonly signal: AbortSignal,
    { keepAlive = true, accepted = new Map<string, Accepted>(), apiKey }: CallerOptions = {},
  ) {
    this.accepted = accepted;
    this.authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    this.agent = new Agent({ connections: CONNECTIONS, pipelining: keepAlive ? 1 : 0 });
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  /** Asks once. */
  async ask(wish: Wish, key?: string): Promise<Reply> {
    const reply = await this.send({ method: 'POST', path: '/cancellations', body: bodyOf(wish), key });
    if (reply.status === 202) this.keep(reply.body, wish);
    return reply;
  }

  /**
   * Asks until the request is accepted, always with the same `Idempotency-Key`.
   *
   * @returns the id
   * @throws {ExpectationError} the API takes a good request for a bad one
   */
  async insist(wish: Wish, key: string = randomUUID()): Promise<string> {
    const { body } = await this.untilAccepted(() => this.ask(wish, key));
    return String(body.id);
  }

  /** As `insist`, for several at a time. @returns the ids in order */
  insistOnAll(wishes: readonly Wish[]): Promise<string[]> {
    return inParallel(wishes, CONNECTIONS, (wish) => this.insist(wish));
  }

  /**
   * As `insist`, with one request for all. @returns the ids in order. @throws {ExpectationError} an entry was refused
   */
  async insistOnBatch(wishes: readonly Wish[], key: string = randomUUID()): Promise<string[]> {
    const sent: Sent = {
      method: 'POST',
      path: '/cancellations/batch',
      body: { cancellations: wishes.map(bodyOf) },
      key,
      limitMs: BATCH_ANSWER_LIMIT_MS,
    };
    const { body } = await this.untilAccepted(() => this.send(sent));
    const { items } = body as { readonly items: readonly Reply['body'][] };
    return wishes.map((wish, place) => this.keep(items[place] ?? {}, wish));
  }

  /** Asks once, with a body that no other method makes. The ids in the reply are not kept. */
  post(path: string, body: object, key?: string): Promise<Reply> {
    return this.send({ method: 'POST', path, body, key });
  }

  /** Asks once for something that may take long. */
  act(path: string, body: object): Promise<Reply> {
    return this.send({ method: 'POST', path, body, limitMs: BATCH_ANSWER_LIMIT_MS });
  }

  get(path: string): Promise<Reply> {
    return this.send({ method: 'GET', path });
  }

  /** The cancellations with these ids; unknown ones are absent. */
  async find(ids: readonly string[]): Promise<Map<string, Cancellation>> {
    const replies = await inParallel(ids, CONNECTIONS, (id) => this.read(id));
    const known = replies.filter(({ status }) => status === 200);
    return new Map(known.map(({ body }) => [String(body.id), body as Cancellation]));
  }

  private keep({ id, code }: Reply['body'], { callSid }: Wish): string {
    if (id === undefined) throw new ExpectationError(`the API refused a cancellation: ${code}`);
    this.accepted.set(id, { id, callSid });
    return id;
  }

  private async untilAccepted(ask: () => Promise<Reply>): Promise<Reply> {
    for (;;) {
      const reply = await ask();
      if (reply.status === 202) return reply;
      if (reply.status >= 400 && reply.status < 500)
        throw new ExpectationError(`the API answered ${reply.status} ${reply.body.code ?? ''}`);
      await delay(ASKS_AGAIN_AFTER_MS, undefined, { signal: this.signal });
    }
  }

  /** Asks until the API knows whether there is one. */
  private async read(id: string): Promise<Reply> {
    for (;;) {
      const reply = await this.get(`/cancellations/${id}`);
      if (reply.status === 200 || reply.status === 404) return reply;
      await delay(ASKS_AGAIN_AFTER_MS, undefined, { signal: this.signal });
    }
  }

  /** Sends to the next process in turn. Like a load balancer, it tries the one after if the connection is refused. */
  private async send(sent: Sent): Promise<Reply> {
    const turn = this.turn++;
    for (let tries = 1; ; tries += 1) {
      const url = this.urls[(turn + tries) % this.urls.length] ?? '';
      const reply = await this.sendTo(url, sent);
      if (reply.error !== 'ECONNREFUSED' || tries >= this.urls.length) return reply;
    }
  }

  private async sendTo(
    url: string,
    { method, path, body, key, limitMs = ANSWER_LIMIT_MS }: Sent,
  ): Promise<Reply> {
    this.signal.throwIfAborted();
    const start = performance.now();
    const took = (): number => performance.now() - start;
    try {
      const answer = await request(url + path, {
        method,
        dispatcher: this.agent,
        signal: AbortSignal.any([this.signal, AbortSignal.timeout(limitMs)]),
        headers: {
          ...this.authorization,
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
