import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMsOf, openFilesOf, residentMbOf } from '../bench/measure/process-usage.js';
import { usedMemory } from '../bench/measure/redis-usage.js';
import { MEGABYTE } from '../support/megabyte.js';

/** What the service and its Redis use at one moment. */
export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  /** Processor time since the previous sample, as a share of one core. */
  readonly cpuPercent: number;
  readonly residentMb: number;
  readonly openFiles: number;
  readonly redisMb: number;
}

/** Takes a sample at the start, one per interval until `over`, and a last one then. */
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
    // Intervals count from the start, so that samples do not drift out of the idle minutes.
    const next = Math.max(0, start + samples.length * everyMs - performance.now());
    await delay(next, undefined, { signal: over }).catch(() => undefined);
  }
  await take();
  return samples;
}
