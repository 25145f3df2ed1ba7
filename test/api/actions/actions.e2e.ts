import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Attempt, CancellationRecord } from '../../../src/cancellation/record.js';
import { withWithdrawn } from '../../../src/cancellation/record-updates.js';
import type { Cancellation } from '../../../src/api/cancellation.js';
import { readEnvironment } from '../../../src/config/environment.js';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { sharedAttemptsKey } from '../../../src/lane/lane-keys.js';
import { chunkKey } from '../../../src/queue/listing/layout.js';
import { Listing } from '../../../src/queue/listing/listing.js';
import { RETRIED } from '../../../src/queue/listing/terms.js';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { freshData } from '../../queue/fixtures/worker-parts.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

/** SignalWire refuses for good. */
const REFUSED: Fault = { code: 21218 };

/** SignalWire is unavailable, and says for how long. */
const AWAY: Fault = { status: 503, headers: { 'retry-after': '20' } };

/** A worker notes the end of a cancellation a moment after its job has ended. */
const SOON = { timeout: 5000 };

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ BACKOFF_BASE_MS: '10', BACKOFF_CAP_MS: '20' });
});
afterAll(() => service.close());

function call(faults: readonly Fault[] = []): string {
  const { sid } = service.simulator.createCall({ streams: [{ name: 'stream' }, { name: 'other' }] });
  service.simulator.setFaults(sid, faults);
  return sid;
}

const accepted = (fields: object): Promise<Cancellation> =>
  service.api.create({ streamName: 'stream', then: [{ pause: 600 }], ...fields });

async function failed(fields: object = {}): Promise<Cancellation> {
  const { id } = await accepted({ callSid: call([REFUSED]), ...fields });
  return service.finished(id);
}

/** One that waits for the next attempt. */
async function retrying(): Promise<Cancellation> {
  const { id } = await accepted({ callSid: call([AWAY]) });
  await vi.waitFor(async () => expect((await service.api.get(id)).status).toBe('retrying'), SOON);
  return service.api.get(id);
}

const post = (path: string, body?: object) =>
  service.api.request(path, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
const withdraw = (id: string) => service.api.request(`/cancellations/${id}`, { method: 'DELETE' });
const retry = (id: string) => post(`/cancellations/${id}/retry`);
const problemOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { code: string }).code,
];

describe('withdrawing', () => {
  it('ends a cancellation that waits for its next attempt, and sends nothing more', async () => {
    const { id, callSid } = await retrying();
    const response = await withdraw(id);
    expect(response.status).toBe(200);
    const withdrawn = (await response.json()) as Cancellation;
    expect(withdrawn).toMatchObject({ id, status: 'withdrawn', failure: null, nextAttemptAt: null });
    expect(withdrawn.finishedAt).not.toBeNull();
    const { finishedAt } = withdrawn;
    expect(await service.finished(id)).toMatchObject({ status: 'withdrawn', failure: null, finishedAt });
    expect(service.simulator.call(callSid).updates).toHaveLength(1);
    expect(service.simulator.call(callSid).streams[0]?.status).toBe('in-progress');
  });

  it('is done once, however often it is asked for', async () => {
    const { id } = await retrying();
    const [first, second] = [await withdraw(id), await withdraw(id)];
    expect(second.status).toBe(200);
    expect((await second.json()) as Cancellation).toMatchObject({ id, status: 'withdrawn' });
    expect(first.status).toBe(200);
  });

  it('leaves alone what is being sent, what has ended, and what does not exist', async () => {
    const callSid = call([{ latencyMs: 1000 }]);
    const { id } = await accepted({ callSid });
    await service.simulator.until(callSid, ({ updates }) => updates.length === 1);
    expect(await problemOf(await withdraw(id))).toEqual([409, 'attempt_under_way']);
    expect((await service.finished(id)).status).toBe('succeeded');
    expect(await problemOf(await withdraw(id))).toEqual([409, 'already_finished']);
    expect(await problemOf(await withdraw(randomUUID()))).toEqual([404, 'cancellation_not_found']);
    expect(await problemOf(await withdraw('nonsense'))).toEqual([404, 'cancellation_not_found']);
  });

  it('makes room for a new request for the same stream', async () => {
    const { id, callSid } = await retrying();
    await withdraw(id);
    service.simulator.setFaults(callSid, []);
    const again = await accepted({ callSid });
    expect(again).not.toMatchObject({ id });
    expect((await service.finished(again.id)).status).toBe('succeeded');
  });

  it('is refused once an update that another cancellation sent for it too was accepted', async () => {
    const { id } = await retrying();
    const startedAt = Date.now();
    const attempt: Attempt = {
      number: 1,
      strategy: 'update_call',
      startedAt,
      durationMs: 5,
      outcome: 'accepted',
      httpStatus: 200,
      providerCode: null,
      message: null,
      mayHaveArrived: true,
    };
    const open = { startedAt, strategy: 'update_call' };
    const redis = new Redis(service.variables.REDIS_URL);
    await redis.hset(
      sharedAttemptsKey(service.variables.QUEUE_PREFIX, id),
      `${randomUUID()}:${startedAt}`,
      JSON.stringify({ open, ended: { attempt, callEnded: false } }),
    );
    redis.disconnect();
    expect(await problemOf(await withdraw(id))).toEqual([409, 'attempt_under_way']);
  });

  it('is completed by asking again, if the first request broke off before a worker was told', async () => {
    const { id } = await retrying();
    const redis = new Redis(service.variables.REDIS_URL);
    const job = await service.queue.queue.getJob(id);
    const record = withWithdrawn(job?.progress as unknown as CancellationRecord, Date.now());
    await redis.hset(service.queue.queue.toKey(id), 'progress', JSON.stringify(record));
    redis.disconnect();
    expect((await withdraw(id)).status).toBe(200);
    await vi.waitFor(async () => {
      expect(await (await service.queue.queue.getJob(id))?.getState()).toBe('failed');
    }, SOON);
  });

  it('takes the stream out of the document that its call waits for', async () => {
    const callSid = call([{ latencyMs: 700 }]);
    const first = await accepted({ callSid });
    await service.simulator.until(callSid, ({ updates }) => updates.length === 1);
    const second = await accepted({ callSid, streamName: 'other' });
    await vi.waitFor(async () => expect((await withdraw(second.id)).status).toBe(200), SOON);
    expect((await service.finished(first.id)).status).toBe('succeeded');
    expect((await service.finished(second.id)).status).toBe('withdrawn');
    expect(service.simulator.call(callSid).streams.map(({ status }) => status)).toEqual([
      'stopped',
      'in-progress',
    ]);
  });
});

describe('retrying', () => {
  it('asks again for the same under a new id, with a new deadline', async () => {
    const original = await failed({ deadlineMs: 20_000, then: [{ say: 'Bye' }, { hangup: true }] });
    service.simulator.setFaults(original.callSid, []);
    const response = await retry(original.id);
    expect(response.status).toBe(202);
    const { id, createdAt, ...fresh } = (await response.json()) as Cancellation;
    expect(response.headers.get('location')).toBe(`/cancellations/${id}`);
    expect(fresh).toMatchObject({
      retryOf: original.id,
      status: 'queued',
      attempts: [],
      deadlineMs: 20_000,
      deadline: new Date(Date.parse(createdAt) + 20_000).toISOString(),
      then: [{ say: 'Bye' }, { hangup: true }],
    });
    expect(await service.finished(id)).toMatchObject({ status: 'succeeded', retryOf: original.id });
  });

  it('is done once, however often it is asked for', async () => {
    const { id, callSid } = await failed();
    service.simulator.setFaults(callSid, []);
    const first = (await (await retry(id)).json()) as Cancellation;
    await service.finished(first.id);
    const second = (await (await retry(id)).json()) as Cancellation;
    expect(second).toMatchObject({ id: first.id, status: 'succeeded' });
    expect(service.simulator.call(callSid).updates).toHaveLength(2);
  });

  it('takes up what was withdrawn, even before a worker has ended its job', async () => {
    const { id, callSid } = await retrying();
    await withdraw(id);
    service.simulator.setFaults(callSid, []);
    const fresh = (await (await retry(id)).json()) as Cancellation;
    expect(fresh).toMatchObject({ retryOf: id });
    expect((await service.finished(fresh.id)).status).toBe('succeeded');
  });

  it('refuses what is unfinished, has succeeded, or does not exist', async () => {
    const waiting = await retrying();
    expect(await problemOf(await retry(waiting.id))).toEqual([409, 'not_retryable']);
    const { id } = await accepted({ callSid: call() });
    await service.finished(id);
    expect(await problemOf(await retry(id))).toEqual([409, 'not_retryable']);
    expect(await problemOf(await retry(randomUUID()))).toEqual([404, 'cancellation_not_found']);
  });
});

describe('retrying what another cancellation of the stream stands for', () => {
  it('queues nothing, and leaves the original to be retried later', async () => {
    const streamName = randomUUID();
    const callSid = call([REFUSED, AWAY]);
    const { id } = await accepted({ callSid, streamName });
    await service.finished(id);
    const other = await accepted({ callSid, streamName });
    await vi.waitFor(async () => expect((await service.api.get(other.id)).status).toBe('retrying'), SOON);
    const filter = { callSid, status: ['failed'] };
    expect(await problemOf(await retry(id))).toEqual([409, 'already_wanted']);
    expect(await bulk('retry', filter)).toEqual({ matched: 1, done: 0, skipped: 1, remaining: 0 });
    await withdraw(other.id);
    expect(await bulk('retry', filter)).toEqual({ matched: 1, done: 1, skipped: 0, remaining: 0 });
  });

  it('leaves one entry in the list, however many ask at once', async () => {
    const callSid = call([REFUSED, AWAY]);
    const { id } = await accepted({ callSid });
    await service.finished(id);
    const answers = await Promise.all(Array.from({ length: 5 }, () => retry(id)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    await vi.waitFor(async () => {
      expect(await bulk('withdraw', { callSid, dryRun: true })).toEqual({ matched: 1 });
    }, SOON);
  });

  it('leaves one entry in the list, however many requests with one Idempotency-Key come at once', async () => {
    const callSid = call([AWAY]);
    const headers = { 'idempotency-key': randomUUID() };
    await Promise.all(
      Array.from({ length: 4 }, () => service.api.post({ callSid, streamName: 'stream' }, headers)),
    );
    await vi.waitFor(async () => {
      expect(await bulk('withdraw', { callSid, dryRun: true })).toEqual({ matched: 1 });
    }, SOON);
  });
});

/** As if the API had died before it marked anything as retried. */
async function forgetMarks(): Promise<void> {
  const redis = new Redis(service.variables.REDIS_URL);
  await redis.del(chunkKey(service.variables.QUEUE_PREFIX, 0, RETRIED));
  redis.disconnect();
}

const bulk = async (action: 'retry' | 'withdraw', body: object) => {
  const response = await post(`/cancellations/${action}`, body);
  expect(response.status).toBe(200);
  return (await response.json()) as object;
};

describe('acting on many', () => {
  it('retries everything that matches once, and counts it', async () => {
    const streamName = randomUUID();
    const originals = [await failed({ streamName }), await failed({ streamName })];
    await accepted({ callSid: call(), streamName });
    for (const { callSid } of originals) service.simulator.setFaults(callSid, []);
    await vi.waitFor(async () => {
      expect(await bulk('retry', { streamName, dryRun: true })).toEqual({ matched: 2 });
    }, SOON);
    expect(await bulk('retry', { streamName })).toEqual({ matched: 2, done: 2, skipped: 0, remaining: 0 });
    expect(await bulk('retry', { streamName })).toEqual({ matched: 0, done: 0, skipped: 0, remaining: 0 });
    expect(await bulk('retry', { streamName, retried: true, dryRun: true })).toEqual({ matched: 0 });
    const fresh = await Promise.all(
      originals.map(async ({ id }) => (await (await retry(id)).json()) as Cancellation),
    );
    const ends = await Promise.all(fresh.map(({ id }) => service.finished(id)));
    expect(ends.map(({ status, retryOf }) => [status, retryOf])).toEqual(
      originals.map(({ id }) => ['succeeded', id]),
    );
  });

  it('withdraws what waits and matches, and nothing else', async () => {
    const [one, other] = [await retrying(), await retrying()];
    const filter = { callSid: one.callSid };
    await vi.waitFor(async () => {
      expect(await bulk('withdraw', { ...filter, dryRun: true })).toEqual({ matched: 1 });
    }, SOON);
    expect(await bulk('withdraw', filter)).toEqual({ matched: 1, done: 1, skipped: 0, remaining: 0 });
    expect((await service.api.get(one.id)).status).toBe('withdrawn');
    expect((await service.api.get(other.id)).status).toBe('retrying');
  });

  it('marks what a request that broke off has retried, so that it does not match for ever', async () => {
    const original = await failed();
    service.simulator.setFaults(original.callSid, []);
    const filter = { callSid: original.callSid, status: ['failed'] };
    await vi.waitFor(async () => {
      expect(await bulk('retry', { ...filter, dryRun: true })).toEqual({ matched: 1 });
    }, SOON);
    const fresh = (await (await retry(original.id)).json()) as Cancellation;
    await forgetMarks();
    expect(await bulk('retry', filter)).toEqual({ matched: 1, done: 1, skipped: 0, remaining: 0 });
    expect(await bulk('retry', { ...filter, dryRun: true })).toEqual({ matched: 0 });
    expect((await service.finished(fresh.id)).status).toBe('succeeded');
  });

  it('has nothing left once all is done, although a crash has left entries without a job', async () => {
    const callSid = call();
    const redis = new Redis(service.variables.REDIS_URL);
    const listing = new Listing(redis, readEnvironment(ServiceEnvironment, service.variables));
    const entry = { id: randomUUID(), data: freshData({ callSid }) };
    await listing.enter([entry]);
    redis.disconnect();
    expect(await bulk('withdraw', { callSid })).toEqual({ matched: 1, done: 0, skipped: 0, remaining: 0 });
  });

  it.each(['retry', 'withdraw'] as const)('to %s needs a filter, or "all"', async (action) => {
    expect((await post(`/cancellations/${action}`, { dryRun: true, retried: false })).status).toBe(400);
    const response = await post(`/cancellations/${action}`, { dryRun: true });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid_body', errors: [{ field: 'all' }] });
    expect(await bulk(action, { all: true, dryRun: true })).toEqual({
      matched: expect.any(Number) as number,
    });
  });
});
