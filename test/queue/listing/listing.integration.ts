import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { changesKey } from '../../../src/queue/changes/changes.js';
import { CHUNK, chunksKey, listKey } from '../../../src/queue/listing/layout.js';
import type { ListFilter } from '../../../src/queue/listing/filter.js';
import { Lists, NEWEST } from '../../../src/queue/listing/lists.js';
import { testRecord } from '../../cancellation/fixtures/cancellation.js';
import { freshData, workerParts } from '../fixtures/worker-parts.js';
import type { WorkerParts } from '../fixtures/worker-parts.js';

describe('the list of cancellations', () => {
  let parts: WorkerParts;
  let lists: Lists;
  beforeEach(async () => {
    parts = await workerParts();
    lists = new Lists(parts.chunks, parts.cancellations);
  });
  afterEach(() => parts.close());

  /** Accepted, as the API does it. */
  async function accepted(count: number, fields = {}): Promise<string[]> {
    const entries = Array.from({ length: count }, () => ({
      id: uuidv7(),
      data: freshData({ callSid: randomUUID(), ...fields }),
    }));
    await parts.cancellations.add(await parts.listing.enter(entries));
    return entries.map(({ id }) => id);
  }

  const idsOf = async (filter: ListFilter, limit = 100) =>
    (await lists.page(filter, NEWEST, limit)).items.map(({ id }) => id);

  /** A worker has taken each job, and died before it could note anything. */
  async function taken(count: number) {
    const jobs = await Promise.all(Array.from({ length: count }, () => parts.take('dead')));
    await Promise.all(
      jobs.map(async (job) => parts.listing.write((await parts.cancellations.find(String(job.id)))!)),
    );
    return jobs;
  }

  /** The cancellations whose changes were told. */
  const announced = async () =>
    (await parts.redis.xrange(changesKey(parts.prefix), '-', '+')).map(([, [, id]]) => id);

  it('passes over entries whose job was never added, and those whose request was repeated', async () => {
    await parts.listing.enter([{ id: uuidv7(), data: freshData() }]);
    const [id = ''] = await accepted(1);
    await parts.listing.enter([{ id, data: freshData() }]);
    expect(await idsOf({})).toEqual([id]);
  });

  it('goes on in the next chunk', async () => {
    await parts.redis.set(`${listKey(parts.prefix)}:next`, CHUNK - 3);
    const ids = await accepted(6);
    expect(await idsOf({})).toEqual(ids.toReversed());
    const first = await lists.page({}, NEWEST, 2);
    const second = await lists.page({}, first.next ?? 0, 2);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 4));
    expect(await lists.count({})).toBe(6);
  });

  it('has no page after one that ends with the last match', async () => {
    await accepted(3);
    expect((await lists.page({}, NEWEST, 2)).next).not.toBeNull();
    expect((await lists.page({}, NEWEST, 3)).next).toBeNull();
  });

  it('finds a name that only a few have, and none that nobody has', async () => {
    await accepted(3, { streamName: 'usual' });
    const [rare] = await accepted(1, { streamName: 'rare' });
    await accepted(3, { streamName: null });
    expect(await idsOf({ streamName: 'rare' })).toEqual([rare]);
    expect(await idsOf({ streamName: 'unheard-of' })).toEqual([]);
    expect(await lists.count({ streamName: 'usual' })).toBe(3);
  });

  it('keeps to the times, also where a whole chunk is within them', async () => {
    const hour = 3_600_000;
    const now = Date.now();
    const chunkAt = async (chunk: number, createdAt: number): Promise<string | undefined> => {
      await parts.redis.set(`${listKey(parts.prefix)}:next`, chunk * CHUNK);
      return (await accepted(1, { createdAt, deadline: now + hour }))[0];
    };
    const early = await chunkAt(0, now - 3 * hour);
    const middle = await chunkAt(1, now - 2 * hour);
    const late = await chunkAt(2, now - hour);
    expect(await idsOf({ createdAfter: now - 2.5 * hour, createdBefore: now - 0.5 * hour })).toEqual([
      late,
      middle,
    ]);
    expect(await idsOf({ createdBefore: now - 1.5 * hour })).toEqual([middle, early]);
    expect(await lists.count({ createdAfter: now - 2 * hour })).toBe(2);
  });

  it('knows again, and tells, what has ended once the keeper has looked twice, although the worker died before it said so', async () => {
    const ids = await accepted(3);
    const [first, second] = await taken(2);
    await first?.moveToCompleted({ ...testRecord({ documentFetchedAt: Date.now() }) }, 'dead', false);
    await second?.moveToDelayed(Date.now() + 60_000, 'dead');
    expect(await idsOf({ status: ['succeeded'] })).toEqual([]);
    const { length: before } = await announced();
    await parts.listKeeper.apply();
    await parts.listKeeper.apply();
    await parts.listKeeper.apply();
    expect(await idsOf({ status: ['succeeded'] })).toEqual([String(first?.id)]);
    expect((await announced()).slice(before)).toEqual([String(first?.id)]);
    expect(await idsOf({ evidence: ['document_fetched'] })).toEqual([String(first?.id)]);
    expect(await lists.count({ status: ['running'] })).toBe(0);
    expect(await lists.count({ status: ['queued'] })).toBe(ids.length - 1);
  });

  it('leaves a cancellation to the worker that has it, because the run may end while the keeper looks', async () => {
    const ids = await accepted(1);
    const job = await parts.take('worker');
    const find = parts.cancellations.find.bind(parts.cancellations);
    vi.spyOn(parts.cancellations, 'find').mockImplementationOnce(async (id) => {
      const stored = await find(id);
      await job.moveToDelayed(Date.now() + 60_000, 'worker');
      return stored;
    });
    await parts.listKeeper.apply();
    expect(await idsOf({ status: ['queued'] })).toEqual(ids);
    expect(await lists.count({ status: ['running'] })).toBe(0);
  });

  it('knows what has ended, although the worker still had it when the keeper looked', async () => {
    const ids = await accepted(1);
    const job = await parts.take('worker');
    await job.moveToCompleted({ ...testRecord({ documentFetchedAt: Date.now() }) }, 'worker', false);
    const find = parts.cancellations.find.bind(parts.cancellations);
    vi.spyOn(parts.cancellations, 'find').mockImplementationOnce(async (id) => {
      const stored = await find(id);
      return stored && { ...stored, isActive: true };
    });
    await parts.listKeeper.apply();
    expect(await idsOf({ status: ['succeeded'] })).toEqual(ids);
  });

  it('forgets entries whose job has been missing for two rounds of the keeper, unfinished or finished', async () => {
    const [kept, removed = ''] = await accepted(2);
    await parts.listing.enter([{ id: uuidv7(), data: freshData() }]);
    const stored = (await parts.cancellations.find(removed))!;
    await parts.listing.write({ ...stored, finishedAt: Date.now(), failedReason: 'given up' });
    await parts.queue.remove(removed);
    await parts.listKeeper.apply();
    expect(await lists.count({})).toBe(3);
    await parts.listKeeper.apply();
    expect(await lists.count({})).toBe(1);
    expect(await idsOf({})).toEqual([kept]);
  });

  it('lists a cancellation again whose job came after its entry was cleared', async () => {
    const [id = ''] = await accepted(1);
    const stored = (await parts.cancellations.find(id))!;
    await parts.listing.remove([stored]);
    await parts.listing.write(stored);
    expect(await idsOf({})).toEqual([id]);
  });

  it('finds what is older than more than a thousand entries without a job', async () => {
    const [id] = await accepted(1);
    await parts.listing.enter(Array.from({ length: 1100 }, () => ({ id: uuidv7(), data: freshData() })));
    const { items, isAll } = await lists.newest({}, 10);
    expect(items.map((one) => one.id)).toEqual([id]);
    expect(isAll).toBe(true);
  });

  it('drops a chunk once all of its cancellations are gone, and no other', async () => {
    const [first] = await accepted(1);
    await parts.redis.set(`${listKey(parts.prefix)}:next`, CHUNK);
    await accepted(1);
    await parts.listKeeper.apply();
    expect(await parts.redis.zcard(chunksKey(parts.prefix))).toBe(2);
    const stored = await parts.cancellations.find(first ?? '');
    await parts.listing.remove(stored === null ? [] : [stored]);
    await parts.listKeeper.apply();
    expect(await parts.redis.keys(`${listKey(parts.prefix)}:0:*`)).toEqual([]);
    expect(await parts.redis.zrange(chunksKey(parts.prefix), '0', '-1')).toEqual(['1']);
    expect(await idsOf({})).toHaveLength(1);
  });

  it('does not bring back a chunk that was dropped', async () => {
    const [id = ''] = await accepted(1);
    const stored = await parts.cancellations.find(id);
    await parts.redis.del(...(await parts.redis.keys(`${listKey(parts.prefix)}:0:*`)));
    if (stored !== null) await parts.listing.write(stored);
    expect(await parts.redis.keys(`${listKey(parts.prefix)}:0:*`)).toEqual([]);
  });
});
