import type { Redis } from 'ioredis';
import type { SharedClock } from './shared-clock.js';

const SYNC_EVERY_MS = 10_000;

/**
 * Keeps `clock` in step with Redis: at each connection that is made, and every 10 s.
 *
 * @returns ends it
 */
export function keepInStep(clock: SharedClock, redis: Redis): () => void {
  const sync = (): void => {
    // Asked while Redis is away, the questions would pile up.
    if (redis.status === 'ready') void clock.sync(() => timeOf(redis));
  };
  sync();
  redis.on('ready', sync);
  const timer = setInterval(sync, SYNC_EVERY_MS).unref();
  return () => {
    redis.off('ready', sync);
    clearInterval(timer);
  };
}

async function timeOf(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}
