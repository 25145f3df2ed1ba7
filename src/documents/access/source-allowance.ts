import { createHmac, randomBytes } from 'node:crypto';
import { HttpException, Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { sourceOf } from './source.js';
import type { Allowance } from './standing.js';

/**
 * How many counters there are at most for each allowance, whoever asks: sources share them at random, unforeseeably for a stranger. What
 * is genuine needs none, so that the worst which a shared one can do is to refuse a stranger early.
 */
export const MAX_COUNTERS = 16_384;

const MINUTE_SECONDS = 60;

/** A source has asked for too much that nothing showed to be SignalWire's. */
export class AllowanceSpentError extends HttpException {
  /** @param retryAfter seconds until the source may ask again */
  constructor(readonly retryAfter: number) {
    super('allowance spent', 429);
  }
}

/** How many requests that nothing shows to be SignalWire's one source may make in a minute. Kept in this process. */
@Injectable()
export class SourceAllowance {
  private readonly limiter: RateLimiterMemory;
  private readonly salt = randomBytes(32);

  constructor({ SOURCE_REQUESTS_PER_MINUTE: points }: ServiceEnvironment) {
    this.limiter = new RateLimiterMemory({ points, duration: MINUTE_SECONDS });
  }

  /** @throws {AllowanceSpentError} */
  async demand(address: string | undefined, allowance: Allowance): Promise<void> {
    const counted = await this.limiter.get(this.counterOf(address, allowance));
    if (counted !== null && counted.remainingPoints === 0)
      throw new AllowanceSpentError(Math.max(1, Math.ceil(counted.msBeforeNext / 1000)));
  }

  spend(address: string | undefined, allowance: Allowance): void {
    void this.limiter.penalty(this.counterOf(address, allowance));
  }

  /** The name of the counter in which this address is counted. */
  counterOf(address: string | undefined, allowance: Allowance): string {
    const digest = createHmac('sha256', this.salt).update(sourceOf(address)).digest();
    return `${allowance} ${digest.readUInt32BE() % MAX_COUNTERS}`;
  }
}
