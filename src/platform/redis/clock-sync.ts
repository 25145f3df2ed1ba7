import type { Redis } from 'ioredis';
import type { SharedClock } from './shared-clock.js';

const SYNC_EVERY_MS = 10_000;

/** One after the other, since a process that starts is busy: the one that was quickest on its way counts. */
const SAMPLES = 5;

/**
 * Keeps `clock` in step with Redis: at each connection that is made, and every 10 s.
 *
 * @returns ends it
 */
export function keepInStep(clock: SharedClock, redis: Redis): () => void {
  const sync = async (): Promise<void> => {
    // Asked while Redis is away, the questions would pile up.
    for (let sample = 0; sample < SAMPLES && redis.status === 'ready'; sample += 1)
      await clock.sync(() => timeOf(redis));
  };
  const connected = (): void => {
    clock.distrust();
    void sync();
  };
  void sync();
  redis.on('ready', connected);
  const timer = setInterval(() => void sync(), SYNC_EVERY_MS).unref();
  return () => {
    redis.off('ready', connected);
    clearInterval(timer);
  };
}

async function timeOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}
