import { Injectable } from '@nestjs/common';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { CallbackJobs } from '../../queue/callbacks/callback-jobs.js';
import { EndedJobsReader } from '../../queue/finished/ended-jobs.js';
import { History, HISTORY_MS } from '../history/history.js';
import type { Seen } from './observed.js';
import { RedisWatch } from './redis-watch.js';
import { Signs } from './signs.js';

/** Looks up what the condition of the queue is told from, beside its depth and its processes. */
@Injectable()
export class Lookout {
  constructor(
    private readonly signs: Signs,
    private readonly redis: RedisWatch,
    private readonly history: History,
    private readonly ended: EndedJobsReader,
    private readonly callbacks: CallbackJobs,
    private readonly clock: SharedClock,
  ) {}

  async look(): Promise<Seen> {
    const now = this.clock.now();
    const [signs, samples, succeeded, pendingCallbacks] = await Promise.all([
      this.signs.read(),
      this.history.recent(),
      this.ended.countSucceededSince(now - HISTORY_MS),
      this.callbacks.countPending(),
    ]);
    return { ...signs, samples, succeeded, pendingCallbacks, redis: this.redis.state, now };
  }
}
