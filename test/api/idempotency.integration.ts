import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Queue } from 'bullmq';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { CancellationQueue } from '../../src/queue/cancellations.queue.js';
import type { CancellationData, KeyedRequest } from '../../src/cancellation/data.js';
import { IdempotencyKeyReusedError } from '../../src/api/errors.js';
import { Idempotency } from '../../src/api/idempotency.js';
import { keyedId } from '../../src/api/keyed-ids.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { ApiConnection } from '../../src/queue/api.connection.js';

const ID = keyedId({ value: 'key', apiKeyName: null });

/** The steps of requests with one key, in orders that chance would rarely bring about. */
describe('what a key stands for', () => {
  let redis: Redis;
  let queue: CancellationQueue;
  let idempotency: Idempotency;

  beforeEach(() => {
    const prefix = `{test-${randomUUID()}}`;
    redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix });
    const environment = Object.assign(new ServiceEnvironment(), { QUEUE_PREFIX: prefix, RETENTION_HOURS: 1 });
    idempotency = new Idempotency(queue, { redis, isReady: true } as ApiConnection, environment);
    onTestFinished(async () => {
      await queue.close();
      redis.disconnect();
    });
  });

  const request = () => idempotency.request('fingerprint');

  const standsFor = async (): Promise<string | undefined> => {
    const held = await idempotency.find(ID, request());
    return held === null ? undefined : (held.standsFor ?? ID);
  };

  const add = async (jobId: string, keyed?: KeyedRequest): Promise<string> => {
    const options = { jobId, deduplication: { id: 'stream' } };
    return String((await queue.add(CANCEL_STREAM_JOB, { keyed } as CancellationData, options)).id);
  };

  it('is the job that the first of many adds', async () => {
    const requests = Array.from({ length: 100 }, request);
    await Promise.all(requests.map((keyed) => add(ID, keyed)));
    const held = await idempotency.find(ID, request());
    expect(requests.filter(({ mark }) => mark === held?.mark)).toHaveLength(1);
    expect(await queue.getJobCountByTypes('waiting')).toBe(1);
  });

  it('is told from the jobs of all other requests, however many come before and after', async () => {
    const requests = Array.from({ length: 100 }, request);
    await add(ID, requests[40]);
    const found = await Promise.all(requests.map((one) => idempotency.find(ID, one)));
    expect(new Set(found.map((held) => held?.mark))).toEqual(new Set([requests[40]?.mark]));
  });

  it('is the streams that the first of many found', async () => {
    const found = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        idempotency.take(ID, { ...request(), streams: [{ streamName: String(index), streamSid: null }] }),
      ),
    );
    expect(new Set(found.map(({ mark }) => mark)).size).toBe(1);
    expect(new Set(found.map(({ streams }) => streams?.[0]?.streamName)).size).toBe(1);
  });

  it('is refused to another request', async () => {
    await add(ID, request());
    const another = idempotency.request('another');
    await expect(idempotency.find(ID, another)).rejects.toThrow(IdempotencyKeyReusedError);
    await expect(idempotency.take(ID, { ...another, standsFor: 'earlier' })).rejects.toThrow(
      IdempotencyKeyReusedError,
    );
    expect(await standsFor()).toBe(ID);
  });

  it('is the cancellation that the stream had, for good and until the retention is over', async () => {
    await add('earlier');
    const first = request();
    await idempotency.take(ID, { ...first, standsFor: await add(ID, first) });
    await queue.remove('earlier');

    expect(await standsFor()).toBe('earlier');
    const ttlMs = await redis.pttl(queue.toKey(ID));
    expect(ttlMs).toBeGreaterThan(3_590_000);
    expect(ttlMs).toBeLessThanOrEqual(3_600_000);
  });

  it('stays with the earlier cancellation for a request that adds its job once that one has ended', async () => {
    await add('earlier');
    const [first, slow] = [request(), request()];
    await idempotency.take(ID, { ...first, standsFor: await add(ID, first) });
    await queue.remove('earlier');

    expect(await add(ID, slow)).toBe(ID);
    expect(await standsFor()).toBe('earlier');
    expect(await queue.getJobCountByTypes('waiting')).toBe(0);
  });

  it('stays with the new cancellation for a request that was pointed to the earlier one before', async () => {
    await add('earlier');
    const [slow, second] = [request(), request()];
    const pointedTo = await add(ID, slow);
    await queue.remove('earlier');
    await add(ID, second);

    expect(await idempotency.take(ID, { ...slow, standsFor: pointedTo })).toEqual(second);
    expect(await standsFor()).toBe(ID);
  });
});
