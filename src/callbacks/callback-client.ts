import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import pTimeout from 'p-timeout';
import { buildConnector, EnvHttpProxyAgent, request } from 'undici';
import { proxiesOf } from '../config/proxy.environment.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { retryAfterMs, sentAt } from '../platform/outgoing/retry-after.js';
import type { Answer } from './answer.js';
import { MOST_PER_HOST } from './busy-hosts.js';
import { publicConnector } from './public-connector.js';

/** From looking up the receiver's name to the head of its answer. */
export const ATTEMPT_TIMEOUT_MS = 10_000;

/** What is read of an answer's body, which nobody needs: enough to keep the connection in the usual case. */
const MOST_BODY_BYTES = 4096;
const BODY_TIMEOUT_MS = 1000;

export class NoAnswerInTimeError extends Error {
  override readonly name = 'NoAnswerInTimeError';

  constructor() {
    super(`no answer within ${ATTEMPT_TIMEOUT_MS} ms`);
  }
}

/** The only code that talks to the receivers of callbacks. */
@Injectable()
export class CallbackClient implements OnApplicationShutdown {
  private readonly agent: EnvHttpProxyAgent;

  constructor(environment: ServiceEnvironment) {
    const timeout = ATTEMPT_TIMEOUT_MS;
    this.agent = new EnvHttpProxyAgent({
      ...proxiesOf(environment),
      connections: MOST_PER_HOST,
      connect: environment.ALLOW_PRIVATE_CALLBACKS ? buildConnector({ timeout }) : publicConnector(timeout),
      // A proxy looks up names itself, and usually has a private address.
      proxyTls: { timeout },
      requestTls: { timeout },
    });
  }

  /**
   * Posts JSON. Redirects are not followed.
   *
   * @throws {NoAnswerInTimeError}
   * @throws {PrivateAddressError} nothing was sent
   * @throws {Error} the receiver could not be reached
   */
  async post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
    const abort = new AbortController();
    // undici heeds the signal only once it has a connection.
    return pTimeout(this.answer(url, headers, body, abort.signal), {
      milliseconds: ATTEMPT_TIMEOUT_MS,
      fallback: () => {
        const error = new NoAnswerInTimeError();
        abort.abort(error);
        throw error;
      },
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async answer(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<Answer> {
    const answer = await request(url, {
      dispatcher: this.agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'streamstop', ...headers },
      body,
      signal,
    });
    const reading = { limit: MOST_BODY_BYTES, signal: AbortSignal.timeout(BODY_TIMEOUT_MS) };
    void answer.body.dump(reading).catch(() => undefined);
    const now = sentAt(answer.headers.date, Date.now());
    return {
      httpStatus: answer.statusCode,
      retryAfterMs: retryAfterMs(answer.headers['retry-after'], now),
    };
  }
}
