import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Queue } from 'bullmq';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../src/cancellations/cancellations.queue.js';
import type { CancellationData, CancellationQueue } from '../../src/cancellations/cancellations.queue.js';
import { IdempotencyKeyReusedError } from '../../src/cancellations/cancellations.errors.js';
import { Idempotency } from '../../src/cancellations/idempotency.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { ApiConnection } from '../../src/redis/api.connection.js';

const KEY = { value: 'key', apiKeyName: null };
const DATA = {} as CancellationData;

/** The steps of requests with one key, in orders that chance would rarely bring about. */
describe('what a key stands for', () => {
  let redis: Redis;
  let queue: CancellationQueue;
  let idempotency: Idempotency;
  let prefix: string;

  beforeEach(() => {
    prefix = `{test-${randomUUID()}}`;
    redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix });
    const environment = Object.assign(new ServiceEnvironment(), { QUEUE_PREFIX: prefix, RETENTION_HOURS: 1 });
    idempotency = new Idempotency(queue, { redis, isReady: true } as ApiConnection, environment);
    onTestFinished(async () => {
      await queue.close();
      redis.disconnect();
    });
  });

  const claim = (id: string) => idempotency.claim(KEY, 'fingerprint', { id });

  const add = async (jobId: string): Promise<string> => {
    const options = { jobId, deduplication: { id: 'stream' } };
    return String((await queue.add(CANCEL_STREAM_JOB, DATA, options)).id);
  };

  it('is the first of many that claim it at once', async () => {
    const claims = await Promise.all(Array.from({ length: 100 }, (_, index) => claim(`id-${index}`)));
    expect(new Set(claims.map(({ id }) => id)).size).toBe(1);
  });

  it('is forgotten after the retention, and refused to another request until then', async () => {
    const { redisKey } = await claim('first');
    expect(await redis.pttl(redisKey)).toBeGreaterThan(3_590_000);
    expect(await redis.pttl(redisKey)).toBeLessThanOrEqual(3_600_000);
    await expect(idempotency.claim(KEY, 'another', { id: 'second' })).rejects.toThrow(
      IdempotencyKeyReusedError,
    );
  });

  it('is the cancellation that the stream had, for good and for as long', async () => {
    await add('earlier');
    const first = await claim('first');
    expect(await idempotency.settle(first, await add('first'))).toMatchObject({
      id: 'earlier',
      duplicate: true,
    });
    await queue.remove('earlier');

    const again = await claim('again');
    expect(again).toMatchObject({ id: 'earlier', duplicate: true });
    expect(await redis.pttl(again.redisKey)).toBeGreaterThan(3_590_000);
  });

  it('stays with the earlier cancellation for a request that read it before and adds its job afterwards', async () => {
    await add('earlier');
    const [first, slow] = [await claim('first'), await claim('slow')];
    await idempotency.settle(first, await add(first.id));
    await queue.remove('earlier');

    expect(await idempotency.settle(slow, await add(slow.id))).toMatchObject({ id: 'earlier' });
    expect(await queue.getJobCountByTypes('waiting')).toBe(0);
  });

  it('stays with the new cancellation for a request that was pointed to the earlier one before', async () => {
    await add('earlier');
    const [slow, second] = [await claim('first'), await claim('second')];
    const pointedTo = await add(slow.id);
    await queue.remove('earlier');
    expect(await idempotency.settle(second, await add(second.id))).toMatchObject({ id: 'first' });

    expect(await idempotency.settle(slow, pointedTo)).toMatchObject({ id: 'first', duplicate: false });
    expect(await claim('third')).toMatchObject({ id: 'first' });
  });
});
