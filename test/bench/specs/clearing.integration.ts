import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { removeFinished, removeKeys, takeBack } from '../clearing.js';
import { fillOurs, ourQueue } from '../jobs.js';

const PREFIX = '{bench-clearing}';
const QUEUE = ourQueue(PREFIX);

const fill = (count: number, name: string) =>
  fillOurs({ redisUrl: inject('redisUrl'), prefix: PREFIX, count, name });

describe('what the bench clears away', () => {
  let redis: Redis;

  beforeEach(async () => {
    redis = new Redis(inject('redisUrl'));
  });

  afterEach(async () => {
    await removeKeys(redis, PREFIX);
    redis.disconnect();
  });

  const callSids = async (ids: readonly string[]): Promise<(string | undefined)[]> => {
    const data = await Promise.all(ids.map((id) => redis.hget(`${QUEUE}:${id}`, 'data')));
    return data.map((json) => (JSON.parse(json ?? '{}') as { callSid?: string }).callSid);
  };

  it('is what was added last, with all keys of it', async () => {
    await fill(3, 'kept');
    const kept = await redis.keys(`${QUEUE}:*`);
    await fill(5, 'added');
    await takeBack(redis, QUEUE, 3);
    expect(await callSids(await redis.lrange(`${QUEUE}:wait`, 0, -1))).toEqual([
      'kept-2',
      'kept-1',
      'kept-0',
    ]);
    expect((await redis.keys(`${QUEUE}:*`)).toSorted()).toEqual(kept.toSorted());
    await takeBack(redis, QUEUE, 4);
    expect(await redis.llen(`${QUEUE}:wait`)).toBe(3);
  });

  it('is what is finished', async () => {
    await fill(2, 'job');
    const [id = ''] = await redis.lrange(`${QUEUE}:wait`, -1, -1);
    await redis.rpop(`${QUEUE}:wait`);
    await redis.zadd(`${QUEUE}:completed`, 1, id);
    await removeFinished(redis, QUEUE);
    expect(await redis.exists(`${QUEUE}:completed`, `${QUEUE}:${id}`)).toBe(0);
    expect(await callSids(await redis.lrange(`${QUEUE}:wait`, 0, -1))).toEqual(['job-1']);
  });

  it('is all that begins so', async () => {
    await fill(2, 'job');
    await removeKeys(redis, `${QUEUE}:de:`);
    expect(await redis.keys(`${QUEUE}:de:*`)).toEqual([]);
    expect(await redis.llen(`${QUEUE}:wait`)).toBe(2);
  });
});
