import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { errors, Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { ServiceEnvironment } from '../config/service.environment.js';
import { callStateIn, refusalIn } from './answer.js';
import type { CallState } from './answer.js';
import { redactor } from './redactor.js';
import type { Redact } from './redactor.js';
import {
  ConnectionLostError,
  InvalidAnswerError,
  ProviderUnreachableError,
  RequestTimedOutError,
  UpdateCallError,
} from './signalwire.errors.js';

/** A Call object is about 2 kB. */
const MAX_ANSWER_BYTES = 65_536;
const MAX_REDIRECTS = 3;
const KEEP_ALIVE_MS = 60_000;

/** Where SignalWire fetches the document that replaces the one a call runs. */
export interface CallUpdate {
  readonly url: string;
  readonly fallbackUrl: string;
}

/** The one place that speaks to SignalWire's Compatibility API. */
@Injectable()
export class SignalWireClient implements OnApplicationShutdown {
  private readonly space: URL;
  private readonly projectId: string;
  private readonly authorization: string;
  private readonly redact: Redact;
  private readonly timeoutMs: number;
  private readonly pool: Pool;

  constructor(environment: ServiceEnvironment) {
    this.space = new URL(environment.SIGNALWIRE_SPACE_URL);
    this.projectId = environment.SIGNALWIRE_PROJECT_ID;
    const { SIGNALWIRE_API_TOKEN } = environment;
    const basic = Buffer.from(`${this.projectId}:${SIGNALWIRE_API_TOKEN}`).toString('base64');
    this.authorization = `Basic ${basic}`;
    this.redact = redactor([basic, SIGNALWIRE_API_TOKEN]);
    this.timeoutMs = environment.REQUEST_TIMEOUT_MS;
    this.pool = new Pool(this.space.origin, {
      connections: environment.WORKER_CONCURRENCY,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
  }

  /**
   * Update a Call, https://signalwire.com/docs/compatibility-api/rest/calls/update-a-call: the call drops the document
   * that it runs and fetches the one at `url`.
   *
   * @returns the HTTP status of the acceptance, which is no proof that the document was fetched
   * @throws {UpdateCallError} named by what happened
   */
  async updateCall(callSid: string, update: CallUpdate): Promise<number> {
    const form = new URLSearchParams({
      Url: update.url,
      Method: 'POST',
      FallbackUrl: update.fallbackUrl,
      FallbackMethod: 'POST',
    }).toString();
    const { httpStatus } = await this.ask('POST', callSid, form);
    return httpStatus;
  }

  /**
   * Read a call, https://signalwire.com/docs/compatibility-api/rest/calls/retrieve-a-call.
   *
   * @throws {UpdateCallError} named by what happened; `CallNotFoundError` where SignalWire does not know the call
   */
  async callState(callSid: string): Promise<CallState> {
    return callStateIn((await this.ask('GET', callSid)).body);
  }

  private async ask(
    method: 'GET' | 'POST',
    callSid: string,
    form?: string,
  ): Promise<{ httpStatus: number; body: string }> {
    const path = `/api/laml/2010-04-01/Accounts/${this.projectId}/Calls/${encodeURIComponent(callSid)}`;
    try {
      const answer = await this.request(method, new URL(path, this.space), form);
      const body = await answer.body.text();
      const refusal = refusalIn(answer.statusCode, body, this.redact);
      if (refusal !== null) throw refusal;
      return { httpStatus: answer.statusCode, body };
    } catch (error) {
      throw error instanceof UpdateCallError ? error : this.transportError(error);
    }
  }

  /** Follows redirects with the method kept, as `curl -L -X POST` does, but takes the credentials to no other origin. */
  private async request(
    method: 'GET' | 'POST',
    url: URL,
    body: string | null = null,
  ): Promise<Dispatcher.ResponseData> {
    const signal = AbortSignal.timeout(this.timeoutMs);
    let target = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await this.pool.request({
        method,
        path: target.pathname + target.search,
        headers: {
          authorization: this.authorization,
          accept: 'application/json',
          ...(body !== null && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        body,
        signal,
      });
      const { location } = answer.headers;
      if (answer.statusCode < 300 || answer.statusCode >= 400 || typeof location !== 'string') return answer;
      await answer.body.dump();
      target = redirectTarget(location, target, answer.statusCode);
    }
    throw new InvalidAnswerError(`more than ${MAX_REDIRECTS} redirects`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }

  private transportError(cause: unknown): UpdateCallError {
    if (cause instanceof DOMException && cause.name === 'TimeoutError') {
      return new RequestTimedOutError(`no whole answer within ${this.timeoutMs} ms`, undefined, { cause });
    }
    if (cause instanceof errors.ResponseExceededMaxSizeError) {
      return new InvalidAnswerError(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`, undefined, {
        cause,
      });
    }
    const message = this.redact(cause instanceof Error ? cause.message : String(cause));
    // This one carries the answer as it came, and a redacted message would not take it out of there.
    const isAnswer = cause instanceof errors.HTTPParserError;
    const { code } = cause as NodeJS.ErrnoException;
    const mayHaveArrived = isAnswer || BROKEN_CONNECTION.has(code ?? '');
    const Failure = mayHaveArrived ? ConnectionLostError : ProviderUnreachableError;
    return new Failure(message, undefined, isAnswer ? undefined : { cause });
  }
}

/** Of a connection that was made and broke: the request may have reached SignalWire. */
const BROKEN_CONNECTION = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** @throws {InvalidAnswerError} where `location` leads to another origin, or nowhere */
function redirectTarget(location: string, from: URL, httpStatus: number): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (target?.origin !== from.origin) {
    throw new InvalidAnswerError(
      'a redirect to another origin was not followed, for it would take the credentials there',
      {
        httpStatus,
        providerCode: null,
      },
    );
  }
  return target;
}
