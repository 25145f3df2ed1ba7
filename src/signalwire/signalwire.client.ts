import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Dispatcher } from 'undici';
import { ServiceEnvironment } from '../config/service.environment.js';
import { proxiesOf } from '../config/proxy.environment.js';
import type { Project } from '../projects/project.js';
import { Projects } from '../projects/projects.js';
import { callStateIn, refusalIn, streamStateIn } from './answer.js';
import type { CallState, StreamState } from './answer.js';
import { decodedText } from './content-encoding.js';
import { credentialsOf } from './credentials.js';
import { Exchange } from './exchange.js';
import { dateIn, retryAfterMs, sentAt } from '../platform/outgoing/retry-after.js';
import {
  CallNotFoundError,
  InvalidAnswerError,
  StreamNotFoundError,
  UpdateCallError,
} from './signalwire.errors.js';
import { SpacePools } from './space-pools.js';
import { transportErrorOf } from './transport-error.js';

const API_PATH = '/api/laml/2010-04-01';
const MAX_REDIRECTS = 3;

/** Where SignalWire fetches the document that replaces the one a call runs. */
export interface CallUpdate {
  readonly url: string;
  /** Where it goes if `url` fails; null for nowhere. */
  readonly fallbackUrl: string | null;
}

/** A request below the path of the project's account. */
interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly form?: string;
  /** Asked again when the request is about to be written; false leaves it unsent. */
  readonly mayStart?: MayStart | undefined;
}

/** Whether a request is still worth sending. */
export type MayStart = () => boolean;

/** The only code that talks to SignalWire's Compatibility API. */
@Injectable()
export class SignalWireClient implements OnApplicationShutdown {
  private readonly timeoutMs: number;
  private readonly pools: SpacePools;

  constructor(environment: ServiceEnvironment, projects: Projects) {
    this.timeoutMs = environment.REQUEST_TIMEOUT_MS;
    this.pools = new SpacePools(environment.WORKER_CONCURRENCY, this.timeoutMs, proxiesOf(environment));
    projects.onReload(() => {
      void this.pools.keepOnly(new Set(projects.all().map(({ spaceUrl }) => new URL(spaceUrl).origin)));
    });
  }

  /**
   * Update a Call (https://signalwire.com/docs/compatibility-api/rest/calls/update-a-call): the call drops the document
   * that it runs and fetches the one at `url`.
   *
   * @returns the HTTP status of the acceptance, which does not prove that the document was fetched, and the call's
   * state
   * @throws {UpdateCallError} `ConnectTimedOutError`, with nothing sent, if `mayStart` says so
   */
  async updateCall(
    project: Project,
    callSid: string,
    { url, fallbackUrl }: CallUpdate,
    mayStart?: MayStart,
  ): Promise<{ httpStatus: number; state: CallState }> {
    const form = new URLSearchParams({
      Url: url,
      Method: 'POST',
      ...(fallbackUrl !== null && { FallbackUrl: fallbackUrl, FallbackMethod: 'POST' }),
    }).toString();
    const path = callPath(callSid);
    const { httpStatus, body } = await this.ask(project, { method: 'POST', path, form, mayStart });
    return { httpStatus, state: callStateIn(body) };
  }

  /**
   * Update a Stream (https://signalwire.com/docs/compatibility-api/rest/streams/update-stream): stops the stream, while
   * the call goes on with its document.
   *
   * @returns the HTTP status of the acceptance, and the stream's state
   * @throws {UpdateCallError} `StreamNotFoundError` if SignalWire does not know the stream, or the call
   */
  async stopStream(
    project: Project,
    callSid: string,
    streamSid: string,
    mayStart?: MayStart,
  ): Promise<{ httpStatus: number; state: StreamState }> {
    const path = `${callPath(callSid)}/Streams/${encodeURIComponent(streamSid)}`;
    try {
      const form = 'Status=stopped';
      const { httpStatus, body } = await this.ask(project, { method: 'POST', path, form, mayStart });
      return { httpStatus, state: streamStateIn(body) };
    } catch (error) {
      throw error instanceof CallNotFoundError ? new StreamNotFoundError(error) : error;
    }
  }

  /**
   * Reads a call (https://signalwire.com/docs/compatibility-api/rest/calls/retrieve-a-call).
   *
   * @throws {UpdateCallError} `CallNotFoundError` if SignalWire does not know the call
   */
  async callState(project: Project, callSid: string): Promise<CallState> {
    return callStateIn((await this.ask(project, { method: 'GET', path: callPath(callSid) })).body);
  }

  /**
   * Reads a call that does not exist, which changes nothing and shows whether the credentials are accepted.
   *
   * @returns when the answer was sent, by SignalWire's clock, in epoch milliseconds; null if it does not say
   * @throws {UpdateCallError} they are not accepted, or the answer does not show it
   */
  async tryCredentials(project: Project): Promise<number | null> {
    const exchange = new Exchange(this.timeoutMs);
    try {
      await this.ask(project, { method: 'GET', path: callPath(randomUUID()) }, exchange);
    } catch (error) {
      if (!(error instanceof CallNotFoundError)) throw error;
    }
    return dateIn(exchange.date, Date.now());
  }

  private async ask(
    project: Project,
    question: Question,
    exchange = new Exchange(this.timeoutMs, question.mayStart),
  ): Promise<{ httpStatus: number; body: string }> {
    const { redact } = credentialsOf(project);
    try {
      return await exchange.inTime(this.answerTo(project, question, exchange));
    } catch (error) {
      throw error instanceof UpdateCallError ? error : transportErrorOf(error, exchange, redact);
    }
  }

  private async answerTo(
    project: Project,
    question: Question,
    exchange: Exchange,
  ): Promise<{ httpStatus: number; body: string }> {
    const { statusCode, headers, body } = await this.request(project, question, exchange);
    exchange.date = headers.date;
    const text = await decodedText(Buffer.from(await body.arrayBuffer()), headers['content-encoding']);
    const wait = retryAfterMs(headers['retry-after'], sentAt(headers.date, Date.now()));
    const refusal = refusalIn(statusCode, text, credentialsOf(project).redact, wait);
    if (refusal !== null) throw refusal;
    return { httpStatus: statusCode, body: text ?? '' };
  }

  /**
   * Follows redirects with the same method, as `curl -L -X POST` does, but never to another origin: the credentials
   * stay here.
   */
  private async request(
    project: Project,
    { method, path, form }: Question,
    exchange: Exchange,
  ): Promise<Dispatcher.ResponseData> {
    const { authorization } = credentialsOf(project);
    let target = new URL(`${API_PATH}/Accounts/${project.projectId}/${path}`, project.spaceUrl);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await exchange.through(this.pools.of(target.origin)).request({
        origin: target.origin,
        method,
        path: target.pathname + target.search,
        headers: {
          authorization,
          accept: 'application/json',
          'accept-encoding': 'identity',
          ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        body: form ?? null,
        signal: exchange.signal,
      });
      const { location } = answer.headers;
      if (answer.statusCode < 300 || answer.statusCode >= 400 || typeof location !== 'string') return answer;
      await answer.body.dump();
      target = redirectTarget(location, target, answer.statusCode);
    }
    throw new InvalidAnswerError(`more than ${MAX_REDIRECTS} redirects`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pools.destroy();
  }
}

const callPath = (callSid: string): string => `Calls/${encodeURIComponent(callSid)}`;

/** @throws {InvalidAnswerError} `location` leads to another origin, or is invalid */
function redirectTarget(location: string, from: URL, httpStatus: number): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (target?.origin !== from.origin) {
    throw new InvalidAnswerError(
      'a redirect to another origin was not followed, because it would take the credentials there',
      { httpStatus, providerCode: null, retryAfterMs: null },
    );
  }
  return target;
}
