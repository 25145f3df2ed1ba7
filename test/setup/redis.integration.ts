import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { redisTargetOf } from '../../src/config/redis/redis.environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { connectFailingFast } from '../../src/platform/redis/connection/connections.js';
import { outageOf } from '../../src/platform/redis/connection/redis-outage.js';
import { SCHEMA_VERSION } from '../../src/schema-version.js';
import { checkRedis } from '../../src/setup/redis.js';
import { testVariables } from '../support/service.js';

const SIMULATOR = { url: 'http://127.0.0.1:1', projectId: 'project', apiToken: 'PT0123456789' };

describe('the setup check of Redis', () => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(inject('redisUrl'));
  });
  afterAll(() => redis.disconnect());

  it('fails on data of another schema version, and writes none', async () => {
    const environment = readEnvironment(ServiceEnvironment, await testVariables(SIMULATOR));
    const key = `${environment.QUEUE_PREFIX}:schema`;
    expect((await checkRedis(redis, environment)).status).not.toBe('failed');
    expect(await redis.exists(key)).toBe(0);
    await redis.set(key, SCHEMA_VERSION + 1);
    expect(await checkRedis(redis, environment)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('a newer schema version') as string,
    });
  });

  it('says why Redis is out of reach', async () => {
    const REDIS_URL = 'redis://127.0.0.1:1';
    const environment = readEnvironment(ServiceEnvironment, {
      ...(await testVariables(SIMULATOR)),
      REDIS_URL,
    });
    const target = redisTargetOf(environment);
    Logger.overrideLogger(false);
    const lost = connectFailingFast(target);
    onTestFinished(() => lost.disconnect());
    await vi.waitFor(() => expect(outageOf(target).longestMs).toBeGreaterThan(0));
    expect(await checkRedis(lost, environment)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('nothing listens at 127.0.0.1:1') as string,
    });
  });
});
