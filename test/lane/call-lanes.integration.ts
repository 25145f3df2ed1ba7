import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { Admission } from '../../src/gate/admission.js';
import { byAge } from '../../src/lane/boarding.js';
import { CallLanes } from '../../src/lane/call-lanes.js';
import type { Entrant } from '../../src/lane/call-lanes.js';
import { Companions } from '../../src/lane/companions.js';
import { LockLostError } from '../../src/api/errors.js';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import { recordOf } from '../../src/queue/job-record.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import { callKey, stoppedKeys } from '../../src/cancellation/keys.js';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import type { CancellationJob, CancellationQueue } from '../../src/queue/cancellations.queue.js';
import type { CancellationData } from '../../src/cancellation/data.js';
import { JobRecords } from '../../src/queue/job-records.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { evidenceMailbox, stoppedMailbox } from '../../src/evidence/evidence.js';
import type { Subject } from '../../src/evidence/evidence.js';
import { laneKey } from '../../src/lane/lane-keys.js';
import { KNOWN_FOR_MS, knownStreamsKey } from '../../src/evidence/known-streams.js';
import { gateKey } from '../../src/gate/gate-keys.js';
import { SharedClock } from '../../src/platform/redis/shared-clock.js';
import { WorkerConnection } from '../../src/queue/worker.connection.js';
import { testProject } from '../projects/fixtures/project.js';
import { testVariables } from '../support/service.js';

const DEADLINE_MS = 60_000;

const subjectOf = (job: CancellationJob): Subject => ({
  cancellationId: String(job.id),
  streamKeys: stoppedKeys(job.data, EMPTY_RECORD),
  createdAt: job.data.createdAt,
});

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
  let admission: Admission;
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
    companions = new Companions(queue, connection, environment, lanes);
    admission = new Admission(queue, connection, environment, new SharedClock());
    records = new JobRecords(redis, (type: string) => queue.toKey(type));
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

  const enter = (job: CancellationJob, token: string, fields: Partial<Entrant> = {}) =>
    lanes.enter(
      { job, token, subject: subjectOf(job), way: { by: 'update_call' }, goAhead: null, ...fields },
      Date.now(),
    );

  /** A cancellation that is queued, and in no worker's hands. */
  async function queued(fields: Partial<CancellationData> = {}): Promise<CancellationJob> {
    const createdAt = Date.now();
    const call = { project: 'default', callSid: 'call', streamName: 'stream', then: [] };
    const data = { ...call, createdAt, deadline: createdAt + DEADLINE_MS, ...fields };
    return queue.add(CANCEL_STREAM_JOB, data, { jobId: randomUUID() });
  }

  const prefixOf = (): string => queue.opts.prefix ?? '';

  const progressOf = async ({ id }: CancellationJob) =>
    recordOf((await queue.getJob(String(id))) as CancellationJob);

  const companionsOf = async (job: CancellationJob, token: string): Promise<(string | undefined)[]> =>
    (await companions.of(job, await enter(job, token), Date.now())).map(({ id }) => id);

  const leave = (job: CancellationJob, token: string, isFinished: boolean, keptMs = 0) =>
    lanes.leave(job, token, 0, { isFinished, isRetry: false, keptMs });

  describe('the lane of a call', () => {
    it('tells those that wait how many are older', async () => {
      const jobs = [await taken('a', 'one'), await taken('b', 'two'), await taken('c', 'three')];
      const at = jobs[0]?.data.createdAt ?? 0;
      // Of those that were accepted at one time the ids decide, as elsewhere.
      for (const job of jobs) Object.assign(job.data, { createdAt: at });
      const [first, second, third] = jobs.toSorted(byAge) as [
        CancellationJob,
        CancellationJob,
        CancellationJob,
      ];
      const tokenOf = (job: CancellationJob): string => 'abc'[jobs.indexOf(job)] ?? '';
      const place = async (job: CancellationJob) => enter(job, tokenOf(job));
      expect(await place(third)).toMatchObject({ isFirst: true, ahead: 0 });
      expect(await place(second)).toMatchObject({ isFirst: false, ahead: 0 });
      expect(await place(first)).toMatchObject({ isFirst: false, ahead: 0 });
      expect(await place(second)).toMatchObject({ isFirst: false, ahead: 1 });
      await leave(third, tokenOf(third), false);
      expect(await place(first)).toMatchObject({ isFirst: true });
      expect(await place(third)).toMatchObject({ isFirst: false, ahead: 2 });
    });

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
      for (const other of others) {
        await redis.set(queue.toKey(`${other.id}:lock`), 'x');
        await enter(other, 'x');
        await redis.del(queue.toKey(`${other.id}:lock`));
      }
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
      const stale = await enter(second, 'b', { way: { by: 'if_known' } });
      expect(stale).toMatchObject({ isFirst: false, streamSid: null });
      await redis.hset(key, 'two', `${Date.now()} learned`);
      const known = await enter(second, 'b', { way: { by: 'if_known' } });
      expect(known).toMatchObject({ isFirst: true, streamSid: 'learned', others: [] });
      const given = await enter(second, 'b', { way: { by: 'stream_resource', streamSid: 'given' } });
      expect(given).toMatchObject({ isFirst: true, streamSid: 'given' });
      expect(await leave(first, 'a', true)).toEqual([]);
    });

    it('is left by the one that holds it once its SID is known', async () => {
      const [first, second] = [await taken('a', 'one'), await taken('b', 'two')];
      await enter(first, 'a');
      await enter(first, 'a', { way: { by: 'stream_resource', streamSid: 'given' } });
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
      const key = laneKey(queue.opts.prefix ?? '', callKey(first.data));
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

    it('drops those that are over, and keeps the others and the one that has it', async () => {
      const [first, over, other] = [
        await taken('a', 'one'),
        await taken('b', 'two'),
        await taken('c', 'three'),
      ];
      await enter(first, 'a');
      await enter(over, 'b');
      await enter(other, 'c');
      await lanes.drop(first, [String(over.id), 'never entered']);
      expect(new Set(await leave(over, 'b', false))).toEqual(new Set([first.id, other.id]));
      expect(await enter(other, 'c')).toMatchObject({ isFirst: false });
    });

    it('is gone with the last that is dropped, and expires as before until then', async () => {
      const [first, second] = [await taken('a', 'one'), await taken('b', 'two')];
      for (const [job, token] of [
        [first, 'a'],
        [second, 'b'],
      ] as const) {
        await enter(job, token);
        await leave(job, token, false);
      }
      const key = laneKey(prefixOf(), callKey(first.data));
      await lanes.drop(second, [String(first.id)]);
      expect(await redis.pttl(key)).toBeGreaterThan(DEADLINE_MS);
      await lanes.drop(second, [String(second.id)]);
      expect(await redis.exists(key)).toBe(0);
      await lanes.drop(second, [String(second.id)]);
      expect(await redis.exists(key)).toBe(0);
    });

    it('drops those whose jobs are no more when they are looked for', async () => {
      const [first, gone, other] = [
        await taken('a', 'one'),
        await taken('b', 'two'),
        await taken('c', 'three'),
      ];
      await enter(first, 'a');
      await enter(gone, 'b');
      await enter(other, 'c');
      await redis.del(queue.toKey(`${gone.id}:lock`));
      await queue.remove(String(gone.id));
      expect((await enter(first, 'a')).others).toContain(gone.id);
      expect(await companionsOf(first, 'a')).toEqual([other.id]);
      expect((await enter(first, 'a')).others).toEqual([other.id]);
    });

    it('leaves nothing behind for good', async () => {
      const job = await taken('a');
      await companions.tell([job], { attempt, callEnded: false }, Date.now());
      await enter(job, 'a');
      const prefix = queue.opts.prefix ?? '';
      const keys = await redis.keys(`${prefix}:*`);
      const ours = keys.filter((key) => !key.startsWith(`${prefix}:${CANCELLATIONS_QUEUE}:`));
      expect(ours).toHaveLength(2);
      const expiries = await Promise.all(ours.map((key) => redis.pttl(key)));
      expect(Math.min(...expiries)).toBeGreaterThan(DEADLINE_MS);
    });
  });

  describe('going ahead along with the place', () => {
    const SENDING: CancellationRecord = {
      ...EMPTY_RECORD,
      sendingSince: 1_790_000_000_000,
      sendingBy: 'update_call',
    };

    const goAheadOf = (job: CancellationJob, maxRequestsPerSecond = 1000): Pick<Entrant, 'goAhead'> => {
      const project = testProject('default', { maxRequestsPerSecond });
      return { goAhead: { wish: admission.wish(project, job, true, null), record: SENDING } };
    };
    it('is granted where nothing stands against it, and the job knows of the attempt', async () => {
      const job = await taken('a');
      const place = await enter(job, 'a', goAheadOf(job));
      expect(place).toMatchObject({ isFirst: true, isSending: true, admitted: { pass: { kind: 'open' } } });
      expect(await progressOf(job)).toMatchObject({ sendingSince: SENDING.sendingSince });
    });

    it('is granted to one that is stopped by its SID, whoever has the lane', async () => {
      const [first, second] = [await taken('a', 'one'), await taken('b', 'two')];
      await enter(first, 'a');
      const bySid = { way: { by: 'stream_resource', streamSid: 'sid' }, ...goAheadOf(second) } as const;
      expect(await enter(second, 'b', bySid)).toMatchObject({ isSending: true, streamSid: 'sid' });
    });

    it.each<[string, (job: CancellationJob) => Promise<unknown>]>([
      ['behind another one', async () => enter(await taken('other', 'another stream'), 'other')],
      [
        'where another one of its call waits',
        async () => {
          const other = await taken('other', 'another stream');
          await enter(other, 'other');
          await leave(other, 'other', false);
        },
      ],
      ['after a note', async (job) => companions.tell([job], { attempt, callEnded: false }, Date.now())],
      [
        'once its document was fetched',
        async (job) => redis.set(evidenceMailbox(prefixOf(), String(job.id)), Date.now()),
      ],
      [
        'once its stream has stopped',
        async (job) => redis.set(stoppedMailbox(prefixOf(), subjectOf(job).streamKeys[0] ?? ''), Date.now()),
      ],
      [
        'where its SID is known',
        async (job) =>
          redis.hset(knownStreamsKey(prefixOf(), callKey(job.data)), 'stream', `${Date.now()} sid`),
      ],
    ])('is not asked for %s', async (_, prepare) => {
      const job = await taken('a');
      await prepare(job);
      const place = await enter(job, 'a', { way: { by: 'if_known' }, ...goAheadOf(job) });
      expect(place).toMatchObject({ admitted: null, isSending: false });
      expect(await progressOf(job)).toEqual(EMPTY_RECORD);
    });

    it('is refused while the project is stopped, or has used up its requests', async () => {
      const [job, other] = [await taken('a'), await taken('b', 'stream', 'other call')];
      expect(await enter(other, 'b', goAheadOf(other, 1))).toMatchObject({ isSending: true });
      expect(await enter(job, 'a', goAheadOf(job, 1))).toMatchObject({
        admitted: { waitingFor: 'rate' },
        isSending: false,
      });
      await redis.hset(gateKey(prefixOf(), 'default'), { state: 'throttled', probeAt: Date.now() + 60_000 });
      expect(await enter(job, 'a', goAheadOf(job))).toMatchObject({
        admitted: { waitingFor: 'throttled' },
        isSending: false,
      });
      expect(await progressOf(job)).toEqual(EMPTY_RECORD);
    });

    it("is nothing for a job that is another worker's by now", async () => {
      const job = await taken('a');
      await expect(enter(job, 'of another worker', goAheadOf(job))).rejects.toThrow(LockLostError);
      expect(await progressOf(job)).toEqual(EMPTY_RECORD);
    });
  });

  it('keep what SignalWire has told of a document after its end, which BullMQ may not know of yet', async () => {
    const job = await taken('a');
    const mailbox = evidenceMailbox(prefixOf(), String(job.id));
    await redis.set(mailbox, Date.now());
    await enter(job, 'a');
    await leave(job, 'a', true);
    expect(await redis.exists(mailbox)).toBe(1);
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
