import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { ServiceEnvironment } from '../config/service.environment.js';
import { keepInStep } from '../redis/clock-sync.js';
import { connectWaiting } from '../redis/connections.js';
import { SharedClock } from '../redis/shared-clock.js';
import { evidenceChannel, evidenceMailbox } from './evidence.js';
import type { Evidence } from './evidence.js';

/** How many fetches are remembered while Redis is away; beyond that, the retry of the cancellation proves them anew. */
const MAX_PENDING = 10_000;

const SHUTDOWN_WAIT_MS = 1000;

/** Hands evidence to the worker that waits for it, through Redis. */
@Injectable()
export class EvidenceRecorder implements OnApplicationShutdown {
  private readonly logger = new Logger(EvidenceRecorder.name);
  private readonly redis: Redis;
  private readonly prefix: string;
  private readonly pending = new Set<Promise<void>>();
  private readonly stopClock: () => void;

  constructor(environment: ServiceEnvironment, clock: SharedClock) {
    this.prefix = environment.QUEUE_PREFIX;
    this.redis = connectWaiting(environment.REDIS_URL, this.logger);
    this.stopClock = keepInStep(clock, this.redis);
  }

  /**
   * Never rejects and need not be awaited: the stop document is served whether or not its fetch can be recorded.
   *
   * @param expiresAt epoch milliseconds after which nobody waits for this evidence any more
   */
  async record(evidence: Evidence, expiresAt: number): Promise<void> {
    if (this.pending.size >= MAX_PENDING) {
      this.logger.error('evidence dropped, since Redis has been away for too long', { ...evidence });
      return;
    }
    const recording = this.hand(evidence, expiresAt).catch((error: unknown) =>
      this.logger.error('evidence was not recorded', { ...evidence, error: String(error) }),
    );
    this.pending.add(recording);
    await recording;
    this.pending.delete(recording);
  }

  /** Evidence on its way is worth a moment: without it the call would be updated once more. */
  async onApplicationShutdown(): Promise<void> {
    this.stopClock();
    await pTimeout(Promise.all(this.pending), { milliseconds: SHUTDOWN_WAIT_MS, fallback: () => undefined });
    this.redis.disconnect();
  }

  private async hand(evidence: Evidence, expiresAt: number): Promise<void> {
    const mailbox = evidenceMailbox(this.prefix, evidence.cancellationId);
    await this.redis
      .multi()
      .set(mailbox, evidence.documentFetchedAt, 'PX', Math.max(1, expiresAt - Date.now()), 'NX')
      .publish(evidenceChannel(this.prefix), JSON.stringify(evidence))
      .exec();
  }
}
