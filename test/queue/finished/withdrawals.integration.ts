import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { Withdrawals } from '../../../src/queue/finished/withdrawals.js';
import { recordOf } from '../../../src/queue/job-record.js';
import { changesKey } from '../../../src/queue/changes/changes.js';
import { Lists, NEWEST } from '../../../src/queue/listing/lists.js';
import { T0, testRecord } from '../../cancellation/fixtures/cancellation.js';
import { freshData, workerParts } from '../fixtures/worker-parts.js';
import type { WorkerParts } from '../fixtures/worker-parts.js';

describe('withdrawing a job', () => {
  let parts: WorkerParts;
  let withdrawals: Withdrawals;
  beforeEach(async () => {
    parts = await workerParts();
    withdrawals = new Withdrawals(parts.queue, parts.redis, parts.listing);
  });
  afterEach(() => parts.close());

  /** What was read before, of a cancellation that wants an update. */
  async function read(id: string) {
    const shared = {
      attemptsKey: `${parts.prefix}:shared`,
      attempts: 0,
      wantedKey: `${parts.prefix}:wanted`,
    };
    await parts.redis.zadd(shared.wantedKey, 1, id);
    return shared;
  }
  const wanted = async () => parts.redis.zrange(`${parts.prefix}:wanted`, '0', '-1');

  it('writes it down, and takes it out of what is wanted of its call', async () => {
    const job = await parts.add();
    const id = String(job.id);
    const shared = await read(id);
    expect(await withdrawals.withdraw(id, T0, shared)).toBe(true);
    expect(recordOf(await parts.read(job))).toEqual(testRecord({ givenUp: 'withdrawn', withdrawnAt: T0 }));
    expect(await wanted()).toEqual([]);
  });

  it('is in the list at once, so that no crash comes in between', async () => {
    const entry = { id: uuidv7(), data: freshData() };
    await parts.cancellations.add(await parts.listing.enter([entry]));
    await withdrawals.withdraw(entry.id, T0, await read(entry.id));
    const lists = new Lists(parts.chunks, parts.cancellations);
    const { items } = await lists.page({ status: ['withdrawn'] }, NEWEST, 10);
    expect(items.map(({ id }) => id)).toEqual([entry.id]);
    const changes = await parts.redis.xrange(changesKey(parts.prefix), '-', '+');
    expect(changes.map(([, fields]) => fields)).toEqual([['id', entry.id]]);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['a worker has taken it', () => parts.take()],
    ['an attempt is sent for it', () => parts.redis.hset(`${parts.prefix}:shared`, 'sender', '{}')],
    ['it has ended', async () => (await parts.take('token')).moveToCompleted({}, 'token', false)],
    ['it is gone', async (id) => parts.queue.remove(id)],
  ])('changes nothing if %s', async (_, happen) => {
    const job = await parts.add();
    const id = String(job.id);
    const shared = await read(id);
    await happen(id);
    expect(await withdrawals.withdraw(id, T0, shared)).toBe(false);
    expect((await parts.cancellations.find(id))?.record.withdrawnAt ?? null).toBeNull();
    expect(await wanted()).toEqual([id]);
  });
});
