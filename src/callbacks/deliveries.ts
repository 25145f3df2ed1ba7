import { Injectable } from '@nestjs/common';
import type { CallbackAttempt, CallbackOutcome } from '../cancellation/callback/callback.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { callbackFault } from '../config/callback-url.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { connectionFailure } from '../platform/outgoing/connection-failure.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { outcomeOf } from './answer.js';
import { CallbackClient, NoAnswerInTimeError } from './callback-client.js';
import { Payloads } from './payloads.js';
import { PrivateAddressError } from './public-connector.js';
import { signedHeaders } from './signature.js';

/** How an attempt ended, and how long the receiver asks to wait before another one; null if it does not. */
export interface Delivery {
  readonly attempt: CallbackAttempt;
  readonly retryAfterMs: number | null;
}

type Ended = Pick<CallbackAttempt, 'outcome' | 'httpStatus' | 'message'> & Pick<Delivery, 'retryAfterMs'>;

@Injectable()
export class Deliveries {
  constructor(
    private readonly client: CallbackClient,
    private readonly payloads: Payloads,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {}

  async attempt(ended: StoredCancellation, url: string): Promise<Delivery> {
    const body = await this.payloads.of(ended);
    const startedAt = this.clock.now();
    const began = performance.now();
    const { retryAfterMs, ...end } = await this.post(ended.id, url, body, startedAt);
    const durationMs = Math.round(performance.now() - began);
    return { attempt: { startedAt, durationMs, ...end }, retryAfterMs };
  }

  private async post(cancellationId: string, url: string, body: string, startedAt: number): Promise<Ended> {
    // The configuration may have changed since the request.
    const fault = callbackFault(url, 'callbackUrl', this.environment);
    if (fault !== null) return unanswered('not_allowed', fault);
    const { CALLBACK_SECRETS = [] } = this.environment;
    const headers = signedHeaders(CALLBACK_SECRETS, `msg_${cancellationId}`, new Date(startedAt), body);
    try {
      const { httpStatus, retryAfterMs } = await this.client.post(url, headers, body);
      return { ...outcomeOf(httpStatus), httpStatus, retryAfterMs };
    } catch (error) {
      if (error instanceof NoAnswerInTimeError) return unanswered('timeout', error.message);
      if (error instanceof PrivateAddressError) return unanswered('not_allowed', error.message);
      return unanswered('unreachable', connectionFailure(error));
    }
  }
}

const unanswered = (outcome: CallbackOutcome, message: string): Ended => ({
  outcome,
  message,
  httpStatus: null,
  retryAfterMs: null,
});
