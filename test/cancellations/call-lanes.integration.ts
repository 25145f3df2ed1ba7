import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { CallLanes } from '../../src/cancellations/call-lanes.js';
import { Companions } from '../../src/cancellations/companions.js';
import { LockLostError } from '../../src/cancellations/cancellations.errors.js';
import { EMPTY_RECORD } from '../../src/cancellations/cancellation-record.js';
import {
  callKey,
  CANCEL_STREAM_JOB,
  CANCELLATIONS_QUEUE,
} from '../../src/cancellations/cancellations.queue.js';
import type { Attempt } from '../../src/cancellations/cancellation-record.js';
import type {
  CancellationData,
  CancellationJob,
  CancellationQueue,
} from '../../src/cancellations/cancellations.queue.js';
import { JobRecords } from '../../src/cancellations/job-lock.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { evidenceMailbox } from '../../src/evidence/evidence.js';
import { KNOWN_FOR_MS, knownStreamsKey } from '../../src/evidence/known-streams.js';
import { WorkerConnection } from '../../src/redis/worker.connection.js';
import { testVariables } from '../support/service.js';

const DEADLINE_MS = 60_000;

const attempt: Attempt = {
  number: 1,
  startedAt: 1_790_000_000_000,
  durationMs: 40,
  outcome: 'accepted',
  httpStatus: 200,
  providerCode: null,
  message: null,
};

describe('jobs in the hands of workers', () => {
  let redis: Redis;
  let connection: WorkerConnection;
  let queue: CancellationQueue;
  let worker: Worker;
  let lanes: CallLanes;
  let companions: Companions;
  let records: JobRecords;

  beforeEach(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    const options = { prefix: environment.QUEUE_PREFIX };
    redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    connection = new WorkerConnection(environment);
    queue = new Queue(CANCELLATIONS_QUEUE, { ...options, connection: redis });
    worker = new Worker(CANCELLATIONS_QUEUE, null, { ...options, connection: redis });
    lanes = new CallLanes(queue, connection, environment);
    companions = new Companions(queue, connection, environment);
    records = new JobRecords(redis, (type) => queue.toKey(type));
  });
  afterEach(async () => {
    await worker.close();
    await queue.close();
    connection.onApplicationShutdown();
    redis.disconnect();
  });

  /** A cancellation in the hands of the worker that has `token`. */
  async function taken(token: string, streamName = 'stream', callSid = 'call'): Promise<CancellationJob> {
    const createdAt = Date.now();
    const data: CancellationData = {
      project: 'default',
      callSid,
      streamName,
      then: [],
      createdAt,
      deadline: createdAt + DEADLINE_MS,
    };
    await queue.add(CANCEL_STREAM_JOB, data, { jobId: randomUUID() });
    return (await worker.getNextJob(token)) as CancellationJob;
  }

  const enter = (job: CancellationJob, token: string) =>
    lanes.enter(job, token, Date.now(), { by: 'update_call' });
  /** A cancellation that is queued, and in no worker's hands. */
  async function queued(fields: Partial<CancellationData> = {}): Promise<CancellationJob> {
    const createdAt = Date.now();
    const call = { project: 'default', callSid: 'call', streamName: 'stream', then: [] };
    const data = { ...call, createdAt, deadline: createdAt + DEADLINE_MS, ...fields };
    return queue.add(CANCEL_STREAM_JOB, data, { jobId: randomUUID() });
  }

  const companionsOf = async (job: CancellationJob, token: string): Promise<(string | undefined)[]> =>
    (await companions.of(job, await enter(job, token), Date.now())).map(({ id }) => id);

  const leave = (job: CancellationJob, token: string, isFinished: boolean, keptMs = 0) =>
    lanes.leave(job, token, 0, { isFinished, isRetry: false, keptMs });

  describe('the lane of a call', () => {
    it('is one job at a time, and another call has its own', async () => {
      const [first, second, other] = [
        await taken('a', 'one'),
        await taken('b', 'two'),
        await taken('c', 'one', 'other call'),
      ];
      expect(await enter(first, 'a')).toMatchObject({ isFirst: true, others: [] });
      expect(await enter(second, 'b')).toMatchObject({ isFirst: false });
      expect(await enter(other, 'c')).toMatchObject({ isFirst: true });
      expect(await leave(first, 'a', true)).toEqual([second.id]);
      expect(await enter(second, 'b')).toMatchObject({ isFirst: true, others: [] });
    });

    it('is free once the lock of a killed worker has run out', async () => {
      const [killed, next] = [await taken('a', 'one'), await taken('b', 'two')];
      await enter(killed, 'a');
      await redis.del(queue.toKey(`${killed.id}:lock`));
      expect(await enter(next, 'b')).toMatchObject({ isFirst: true, others: [killed.id] });
    });

    it('is not given up by one who does not hold it', async () => {
      const [first, second, third] = [
        await taken('a', 'one'),
        await taken('b', 'two'),
        await taken('c', 'three'),
      ];
      await enter(first, 'a');
      await enter(second, 'b');
      await leave(second, 'b', true);
      await leave(first, 'a token of an earlier run', false);
      expect(await enter(third, 'c')).toMatchObject({ isFirst: false });
    });

    it('brings notes to those that others have sent for, once', async () => {
      const job = await taken('a');
      const note = { attempt, callEnded: false };
      await companions.tell([job], note, Date.now());
      expect(await enter(job, 'a')).toMatchObject({ notes: [note] });
      await lanes.leave(job, 'a', 1, { isFinished: false, isRetry: true, keptMs: 0 });
      expect(await enter(job, 'a')).toMatchObject({ notes: [] });
    });

    it('has others of the same request come along before they have entered it', async () => {
      const job = await taken('a');
      const sibling = await queued({ streamName: 'two' });
      const withSid = await queued({ mayUseStreamResource: true, streamSid: 'sid' });
      const nameless = await queued({ streamName: null });
      const told = await queued({ streamName: 'three' });
      await companions.tell([told], { attempt, callEnded: false }, Date.now());
      const siblings = [sibling, withSid, nameless, told].map(({ id }) => String(id));
      await job.updateData({ ...job.data, siblings: [...siblings, 'never queued'] });
      expect(await companionsOf(job, 'a')).toEqual([sibling.id]);
    });

    it('takes the newest along, then those of the same request, then the oldest', async () => {
      const job = await taken('a');
      const sibling = await queued({ createdAt: 3 });
      const others = [
        await queued({ createdAt: 4 }),
        await queued({ createdAt: 1 }),
        await queued({ createdAt: 2 }),
      ];
      for (const other of others) await lanes.enter(other, 'x', Date.now(), { by: 'update_call' });
      await redis.del(`${queue.opts.prefix}:lane:${callKey(job.data)}`);
      await job.updateData({ ...job.data, siblings: [String(sibling.id)] });
      const ids = others.map(({ id }) => id);
      expect(await companionsOf(job, 'a')).toEqual([ids[0], sibling.id, ids[1], ids[2]]);
    });

    it('is not needed by one whose stream is stopped by its SID', async () => {
      const [first, second] = [await taken('a', 'one'), await taken('b', 'two')];
      await enter(first, 'a');
      await enter(second, 'b');
      const key = knownStreamsKey(queue.opts.prefix ?? '', callKey(second.data));
      await redis.hset(key, 'two', `${Date.now() - KNOWN_FOR_MS - 1000} stale`);
      const stale = await lanes.enter(second, 'b', Date.now(), { by: 'if_known' });
      expect(stale).toMatchObject({ isFirst: false, streamSid: null });
      await redis.hset(key, 'two', `${Date.now()} learned`);
      const known = await lanes.enter(second, 'b', Date.now(), { by: 'if_known' });
      expect(known).toMatchObject({ isFirst: true, streamSid: 'learned', others: [] });
      const given = await lanes.enter(second, 'b', Date.now(), { by: 'stream_resource', streamSid: 'given' });
      expect(given).toMatchObject({ isFirst: true, streamSid: 'given' });
      expect(await leave(first, 'a', true)).toEqual([]);
    });

    it('is left by the one that holds it once its SID is known', async () => {
      const [first, second] = [await taken('a', 'one'), await taken('b', 'two')];
      await enter(first, 'a');
      await lanes.enter(first, 'a', Date.now(), { by: 'stream_resource', streamSid: 'given' });
      expect(await enter(second, 'b')).toMatchObject({ isFirst: true, streamSid: null });
    });

    it('is kept by one that has left it until its document is fetched', async () => {
      const [first, second, third] = [
        await taken('a', 'one'),
        await taken('b', 'two'),
        await taken('c', 'three'),
      ];
      await enter(first, 'a');
      await leave(first, 'a', true, DEADLINE_MS);
      await redis.del(queue.toKey(`${first.id}:lock`));
      expect(await enter(second, 'b')).toMatchObject({ isFirst: false });
      await redis.set(evidenceMailbox(queue.opts.prefix ?? '', String(first.id)), Date.now());
      expect(await enter(second, 'b')).toMatchObject({ isFirst: true });
      expect(await enter(third, 'c')).toMatchObject({ isFirst: false });
      await leave(second, 'b', true);
      expect(await enter(third, 'c')).toMatchObject({ isFirst: true });
    });

    it('is kept for as long as that may take, and never from the one that keeps it', async () => {
      const [first, second] = [await taken('a', 'one'), await taken('b', 'two')];
      await enter(first, 'a');
      await leave(first, 'a', false, DEADLINE_MS);
      expect(await enter(first, 'a')).toMatchObject({ isFirst: true });
      await leave(first, 'a', true, 1);
      const key = `${queue.opts.prefix}:lane:${callKey(first.data)}`;
      await vi.waitFor(async () => expect(await redis.exists(key)).toBe(0));
      expect(await enter(second, 'b')).toMatchObject({ isFirst: true });
    });

    it('is waited for together with those of the same request whose SIDs may be unknown too', async () => {
      const job = await taken('a');
      const siblings: CancellationJob[] = [];
      const bySid = { mayUseStreamResource: true, streamSid: 'sid' };
      for (const fields of [bySid, { streamName: 'two' }]) siblings.push(await queued(fields));
      const ids = siblings.map(({ id }) => String(id));
      await job.updateData({ ...job.data, siblings: [...ids, 'never queued'] });
      const hasSiblings = () => companions.hasSiblingsBySid(job);
      expect(await hasSiblings()).toBe(true);
      await siblings[0]?.updateProgress({ ...EMPTY_RECORD, sidNotFound: true });
      expect(await hasSiblings()).toBe(false);
    });

    it('leaves nothing behind for good', async () => {
      const job = await taken('a');
      await companions.tell([job], { attempt, callEnded: false }, Date.now());
      await enter(job, 'a');
      const prefix = queue.opts.prefix ?? '';
      const keys = await redis.keys(`${prefix}:*`);
      const ours = keys.filter((key) => !key.startsWith(`${prefix}:${CANCELLATIONS_QUEUE}:`));
      expect(ours).toHaveLength(3);
      const expiries = await Promise.all(ours.map((key) => redis.pttl(key)));
      expect(Math.min(...expiries)).toBeGreaterThan(DEADLINE_MS);
    });
  });

  describe('the record of a job', () => {
    it('is written by the worker that holds its lock, and by no other', async () => {
      const job = await taken('mine');
      const record = { ...EMPTY_RECORD, acceptedAt: 1_790_000_000_000 };
      await records.save(job, 'mine', record);
      await expect(records.save(job, 'of another worker', EMPTY_RECORD)).rejects.toThrow(LockLostError);
      expect((await queue.getJob(String(job.id)))?.progress).toEqual(record);
    });
  });
});
