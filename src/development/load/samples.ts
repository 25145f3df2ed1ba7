import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMsOf, openFilesOf, residentMbOf } from '../bench/process-usage.js';

const MEGABYTE = 1024 ** 2;

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

/** A sample at each interval until `over`, one at the start and one at the end. */
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
      redisMb: Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? Number.NaN) / MEGABYTE,
    });
    [cpuMs, at] = [used, now];
  };
  while (!over.aborted) {
    await take();
    await delay(everyMs, undefined, { signal: over }).catch(() => undefined);
  }
  await take();
  return samples;
}
