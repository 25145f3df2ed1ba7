import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Redis } from 'ioredis';
import type { Project } from './project.js';

const WINDOW_SECONDS = 1;

/** Of a project's requests a second, what attempts after the first may take: the rest is for fresh cancellations. */
const SHARE_OF_RETRIES = 0.8;

/** Keeps each project within its requests a second, over all workers. */
export class RequestRate {
  private readonly limiters = new Map<number, RateLimiterRedis>();

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** @returns 0 where a request may be sent now, else milliseconds until its turn comes */
  async turn({ name, maxRequestsPerSecond }: Project, isFresh: boolean): Promise<number> {
    const shareOfRetries = Math.ceil(maxRequestsPerSecond * SHARE_OF_RETRIES);
    const wait = isFresh ? 0 : await this.take(`retries:${name}`, shareOfRetries);
    return wait > 0 ? wait : this.take(name, maxRequestsPerSecond);
  }

  private async take(key: string, limit: number): Promise<number> {
    try {
      await this.limiter(limit).consume(key);
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return waitOf(refusal, limit);
    }
  }

  private limiter(points: number): RateLimiterRedis {
    const limiter =
      this.limiters.get(points) ??
      new RateLimiterRedis({
        storeClient: this.redis,
        keyPrefix: `${this.prefix}:rate`,
        points,
        duration: WINDOW_SECONDS,
      });
    this.limiters.set(points, limiter);
    return limiter;
  }
}

/**
 * Those that came too late in a window are spread over the next ones in the order in which they came, so that a backlog
 * does not ask again and again.
 */
function waitOf({ msBeforeNext, consumedPoints }: RateLimiterRes, limit: number): number {
  const ahead = consumedPoints - limit - 1;
  return Math.ceil(msBeforeNext + (ahead / limit) * WINDOW_SECONDS * 1000);
}
