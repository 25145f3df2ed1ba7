import type { EventEmitter } from 'node:events';
import { askNode } from './ask-node.js';
import type { RedisClient } from './connection/client.js';
import type { SharedClock } from './shared-clock.js';

/** Learns how long answers took. */
export interface RoundTrips {
  observe(seconds: number): void;
}

const SYNC_EVERY_MS = 10_000;

/** Taken one after another because a starting process is busy; the sample with the shortest round trip wins. */
const SAMPLES = 5;

/**
 * Synchronises `clock` with Redis on every connection and every 10 s.
 *
 * @returns stops it
 */
export function keepInStep(
  clock: SharedClock,
  redis: RedisClient,
  prefix: string,
  roundTrips: RoundTrips,
): () => void {
  const sync = async (): Promise<void> => {
    // Commands would pile up while Redis is away.
    for (let sample = 0; sample < SAMPLES && redis.status === 'ready'; sample += 1)
      await clock.sync(() => timeOf(redis, prefix, roundTrips));
  };
  const connected = (): void => {
    clock.distrust();
    void sync();
  };
  void sync();
  const events: EventEmitter = redis;
  events.on('ready', connected);
  // A node of a cluster that takes over has a clock of its own.
  events.on('+node', connected);
  const timer = setInterval(() => void sync(), SYNC_EVERY_MS).unref();
  return () => {
    events.off('ready', connected);
    events.off('+node', connected);
    clearInterval(timer);
  };
}

async function timeOf(redis: RedisClient, prefix: string, roundTrips: RoundTrips): Promise<number> {
  const askedAt = performance.now();
  const [seconds, microseconds] = await askNode<[string, string]>(redis, prefix, (commands) =>
    commands.time(),
  );
  roundTrips.observe((performance.now() - askedAt) / 1000);
  return Number(seconds) * 1000 + Number(microseconds) / 1000;
}
