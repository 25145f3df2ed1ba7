import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMsOf, openFilesOf, residentMbOf } from '../bench/process-usage.js';
import { usedMemory } from '../bench/redis-usage.js';
import { MEGABYTE } from '../support/megabyte.js';

/** What the service and its Redis use at one moment. */
export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  /** Processor time since the sample before, of one core. */
  readonly cpuPercent: number;
  readonly residentMb: number;
  readonly openFiles: number;
  readonly redisMb: number;
}

/** A sample at the start, at each interval until `over`, and one then. */
export async function sampleUntil(
  over: AbortSignal,
  pid: number,
  redis: Redis,
  everyMs: number,
): Promise<Sample[]> {
  const start = performance.now();
  const samples: Sample[] = [];
  let [cpuMs, at] = [await cpuMsOf(pid), start];
  const take = async (): Promise<void> => {
    const [now, used] = [performance.now(), await cpuMsOf(pid)];
    samples.push({
      at: (now - start) / 1000,
      cpuPercent: now === at ? 0 : ((used - cpuMs) * 100) / (now - at),
      residentMb: await residentMbOf(pid),
      openFiles: await openFilesOf(pid),
      redisMb: (await usedMemory(redis)) / MEGABYTE,
    });
    [cpuMs, at] = [used, now];
  };
  while (!over.aborted) {
    await take();
    // Counted from the start, so that samples do not wander from idle minutes into others.
    const next = Math.max(0, start + samples.length * everyMs - performance.now());
    await delay(next, undefined, { signal: over }).catch(() => undefined);
  }
  await take();
  return samples;
}
