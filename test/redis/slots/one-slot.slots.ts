import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RedisClient } from '../../../src/platform/redis/connection/client.js';
import { defineScript } from '../../../src/platform/redis/script.js';
import { takeFound } from './one-slot.js';

/** Its second key is of another slot, and not declared. */
const TWO_SLOTS = `redis.call('GET', KEYS[1]); return redis.call('GET', '{another}:key')`;
/** Derives its second key from the declared one, as ours do. */
const ONE_SLOT = `redis.call('GET', KEYS[1]); return redis.call('GET', KEYS[1] .. ':derived')`;
const REFUSED = /Script attempted to access/;

describe.each<[string, () => RedisClient]>([
  ['one server', () => new Redis(inject('redisUrl'), { disableClientInfo: true })],
  ['a cluster', () => new Cluster([inject('redisUrl')], { redisOptions: { disableClientInfo: true } })],
])('a script on a connection to %s', (_, connect) => {
  let redis: RedisClient;
  beforeAll(() => {
    redis = connect();
  });
  afterAll(() => redis.disconnect());

  const ways: readonly [string, (lua: string, name: string) => Promise<unknown>][] = [
    ['defined', (lua, name) => defineScript(redis, name, lua)(['{one}:key'])],
    ['evaluated', (lua) => redis.eval(lua, 1, '{one}:key')],
    [
      'in a pipeline',
      async (lua) => {
        const [[error, answer] = []] = (await redis.pipeline().eval(lua, 1, '{one}:key').exec()) ?? [];
        if (error) throw error;
        return answer;
      },
    ],
  ];

  it.each(ways)('is refused with a key of another slot: %s', async (way, run) => {
    await expect(run(TWO_SLOTS, `two ${way}`)).rejects.toThrow(REFUSED);
    expect(takeFound()).toContainEqual(expect.stringMatching(REFUSED));
  });

  it.each(ways)('runs with keys of one slot: %s', async (way, run) => {
    expect(await run(ONE_SLOT, `one ${way}`)).toBeNull();
  });
});
