import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { USAGE_IS_KNOWN } from '../../bench/measure/process-usage.js';
import { sampleUntil } from '../samples.js';

const EVERY_MS = 50;

/** A Redis that uses three megabytes; the `last` question ends the sampling. */
const redis = (last: number, over: AbortController): Redis => {
  let asked = 0;
  return {
    info: async () => {
      if ((asked += 1) === last) over.abort();
      return 'used_memory:3145728\r\nused_memory_human:3.00M\r\n';
    },
  } as unknown as Redis;
};

it.runIf(USAGE_IS_KNOWN)('takes a sample at the start, one per interval and one at the end', async () => {
  const over = new AbortController();
  const samples = await sampleUntil(over.signal, process.pid, redis(4, over), EVERY_MS);
  expect(samples).toHaveLength(5);
  for (const [index, { at }] of samples.slice(0, 4).entries()) {
    expect(at * 1000).toBeGreaterThan(index * EVERY_MS - 2);
  }
  for (const { cpuPercent, residentMb, openFiles, redisMb } of samples) {
    expect(cpuPercent).toBeGreaterThanOrEqual(0);
    expect(residentMb).toBeGreaterThan(1);
    expect(openFiles).toBeGreaterThan(2);
    expect(redisMb).toBe(3);
  }
});
