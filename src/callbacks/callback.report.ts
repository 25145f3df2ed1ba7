import { Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { CALLBACK_OUTCOMES } from '../cancellation/callback/callback.js';
import type { CallbackAttempt } from '../cancellation/callback/callback.js';
import { Metrics } from '../platform/metrics/metrics.js';

const RESULTS = ['delivered', 'retried', 'failed'] as const;

/** What an attempt led to: the callback is delivered, tried again or given up. */
type Result = (typeof RESULTS)[number];

interface Subject {
  readonly cancellationId: string;
  readonly event: string;
  /** The receiver; the rest of its URL may hold a secret. */
  readonly host: string;
}

/** Tells the log and the metrics what became of callbacks. */
@Injectable()
export class CallbackReport {
  private readonly logger = new Logger('Callbacks');
  private readonly attempts: Counter<'result' | 'outcome'>;
  private readonly pending: Gauge;

  constructor({ registry }: Metrics) {
    this.attempts = new Counter({
      name: 'streamstop_callback_attempts_total',
      help: `Attempts to deliver callbacks, by what they led to (${RESULTS.join(', ')}) and their outcome (${CALLBACK_OUTCOMES.join(', ')})`,
      labelNames: ['result', 'outcome'],
      registers: [registry],
    });
    this.attempts.inc({ result: 'delivered', outcome: 'delivered' }, 0);
    for (const outcome of CALLBACK_OUTCOMES)
      for (const result of ['retried', 'failed'] as const)
        if (outcome !== 'delivered') this.attempts.inc({ result, outcome }, 0);
    this.pending = new Gauge({
      name: 'streamstop_callbacks_pending',
      help: 'Callbacks that are neither delivered nor given up, in the whole queue',
      registers: [registry],
    });
    // prom-client begins with 0, which would be a claim.
    this.showPending(null);
  }

  /** @param nextAttemptAt null if none follows */
  attempted(subject: Subject, attempt: CallbackAttempt, nextAttemptAt: number | null): void {
    const { outcome, httpStatus, durationMs, message } = attempt;
    const result = resultOf(attempt, nextAttemptAt);
    this.attempts.inc({ result, outcome });
    const fields = { ...subject, outcome, httpStatus, durationMs };
    if (result === 'delivered') this.logger.log('callback delivered', fields);
    else if (result === 'failed') this.logger.error('callback failed', { ...fields, message });
    else
      this.logger.warn('callback not delivered; retrying', {
        ...fields,
        message,
        nextAttemptAt: new Date(nextAttemptAt ?? 0).toISOString(),
      });
  }

  /** @param count null if it is not known now */
  showPending(count: number | null): void {
    if (count === null) this.pending.remove();
    else this.pending.set(count);
  }
}

function resultOf({ outcome }: CallbackAttempt, nextAttemptAt: number | null): Result {
  if (outcome === 'delivered') return 'delivered';
  return nextAttemptAt === null ? 'failed' : 'retried';
}
