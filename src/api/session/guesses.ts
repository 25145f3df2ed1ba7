import { Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';

export const GUESSES_PER_MINUTE = 30;

/** Counts how often a source has tried API keys that do not exist, in this process. */
@Injectable()
export class Guesses {
  private readonly limiter = new RateLimiterMemory({ points: GUESSES_PER_MINUTE, duration: 60 });

  /** How many seconds a source has to wait before it may try another key; 0 if it may. */
  async secondsToWait(source: string): Promise<number> {
    const counted = await this.limiter.get(source);
    return counted === null || counted.remainingPoints > 0 ? 0 : Math.ceil(counted.msBeforeNext / 1000);
  }

  async add(source: string): Promise<void> {
    await this.limiter.penalty(source);
  }
}
