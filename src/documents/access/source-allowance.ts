import { createHmac, randomBytes } from 'node:crypto';
import { HttpException, Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { ServiceEnvironment } from '../../config/service.environment.js';

/**
 * Bounds the memory, however many sources there are. Sources share counters at random; the worst that a shared counter
 * can do is to refuse an unverified request early.
 */
export const MAX_COUNTERS = 16_384;

const MINUTE_SECONDS = 60;

/** A source has made too many unverified requests. */
export class AllowanceSpentError extends HttpException {
  /** @param retryAfter seconds until the source may ask again */
  constructor(readonly retryAfter: number) {
    super('allowance spent', 429);
  }
}

/** How many unverified requests a source may make per minute, counted in this process. */
@Injectable()
export class SourceAllowance {
  private readonly limiter: RateLimiterMemory;
  private readonly salt = randomBytes(32);

  constructor({ SOURCE_REQUESTS_PER_MINUTE: points }: ServiceEnvironment) {
    this.limiter = new RateLimiterMemory({ points, duration: MINUTE_SECONDS });
  }

  /** @throws {AllowanceSpentError} */
  async demand(source: string): Promise<void> {
    const counted = await this.limiter.get(this.counterOf(source));
    if (counted !== null && counted.remainingPoints === 0)
      throw new AllowanceSpentError(Math.max(1, Math.ceil(counted.msBeforeNext / 1000)));
  }

  charge(source: string): void {
    void this.limiter.penalty(this.counterOf(source));
  }

  /** The name of the counter for this source. The salt hides from strangers which sources share one. */
  counterOf(source: string): string {
    const digest = createHmac('sha256', this.salt).update(source).digest();
    return String(digest.readUInt32BE() % MAX_COUNTERS);
  }
}
