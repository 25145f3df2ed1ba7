import { Redis } from 'ioredis';
import type { Program } from '../../src/demo/program.js';
import { startOwnRedis } from '../drills/parts/own-redis.js';
import type { Cores } from './cores.js';

/** A Redis of the bench's own, pinned to its core. @returns its URL */
export async function startBenchRedis(program: Program, cores: Cores | null): Promise<string> {
  const { url, pid } = await startOwnRedis(program, { appendOnly: false });
  if (pid !== undefined) await cores?.move(pid, 'redis');
  return url;
}

export async function redisVersion(program: Program): Promise<string> {
  const part = program.part(program.signal);
  try {
    const { url } = await startOwnRedis(part, { appendOnly: false });
    const redis = new Redis(url);
    const info = await redis.info('server');
    redis.disconnect();
    return /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
  } finally {
    await part.end();
  }
}
