import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import { callKey } from '../../src/cancellation/keys.js';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import { evidenceMailbox } from '../../src/evidence/evidence.js';
import { holderKey } from '../../src/lane/lane-keys.js';
import { Lanes } from '../../src/lane/lanes.js';
import type { Leaving } from '../../src/lane/lanes.js';
import { Register } from '../../src/lane/register.js';
import type { ApiConnection } from '../../src/queue/connections/api.connection.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';
import { fenced, freshData, workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

const HOUR_MS = 3_600_000;

/** A cancellation as a run of its job has it. */
interface Wanting {
  readonly id: string;
  readonly data: CancellationData;
}

const wanting = (streamName: string, fields: Partial<CancellationData> = {}): Wanting => ({
  id: randomUUID(),
  data: freshData({ streamName, ...fields }),
});
const isStarted = async ({ job }: { job: CancellationJob }) => (await job.getState()) === 'waiting';

describe('the lane of a call', () => {
  let parts: WorkerParts;
  let lanes: Lanes;

  beforeEach(async () => {
    parts = await workerParts();
    const { connection, cancellations, clock, environment } = parts;
    lanes = new Lanes(connection, cancellations, clock, environment);
  });
  afterEach(() => parts.close());

  /** A job that sleeps, as one does that waits for its call. */
  async function asleep(streamName: string, fields: Partial<CancellationData> = {}) {
    const job = await parts.add({ streamName, ...fields }, HOUR_MS);
    return { id: String(job.id), data: job.data, job };
  }

  const leave = (own: Wanting, how: Partial<Leaving> = {}) =>
    fenced(parts, own).then((leaver) =>
      lanes.leave(leaver, { isFinished: true, companions: [], isDone: true, keepMs: 0, ...how }),
    );

  const register = (entries: readonly Wanting[]) =>
    new Register({ redis: parts.redis } as ApiConnection, parts.environment).add(entries);

  const isMine = async (own: Wanting) => (await lanes.take(own)).isMine;
  const membersSeenBy = async (own: Wanting): Promise<string[] | null> => {
    const turn = await lanes.take(own);
    return turn.isMine ? turn.members.toSorted() : null;
  };

  /** Those that its run would take along. */
  const companions = async (own: Wanting) => {
    const turn = await lanes.take(own);
    if (!turn.isMine) throw new Error('the call is taken');
    return (await lanes.companionsOf(own, turn.members)).map(({ id }) => id);
  };

  it('belongs to one cancellation at a time, until it leaves', async () => {
    const [one, two] = [wanting('one'), wanting('two')];
    expect(await isMine(one)).toBe(true);
    expect(await isMine(two)).toBe(false);
    await leave(one);
    expect(await isMine(two)).toBe(true);
  });

  it('is free although another call is taken', async () => {
    expect(await isMine(wanting('one'))).toBe(true);
    expect(await isMine(wanting('one', { callSid: 'other' }))).toBe(true);
    expect(await isMine(wanting('one', { project: 'other' }))).toBe(true);
  });

  it('is taken over by the next run of the same cancellation', async () => {
    const one = wanting('one');
    await lanes.take(one);
    expect(await isMine(one)).toBe(true);
    expect(await isMine(wanting('two'))).toBe(false);
  });

  it('is not given up by a cancellation that does not hold it', async () => {
    const [one, two] = [wanting('one'), wanting('two')];
    await lanes.take(one);
    await lanes.take(two);
    await leave(two);
    expect(await isMine(wanting('three'))).toBe(false);
  });

  it('is not given up by a run that has lost its job', async () => {
    const [one, two] = [wanting('one'), wanting('two')];
    for (const own of [one, two]) await lanes.take(own);
    const { fence } = await fenced(parts, one);
    const lost = { ...one, fence: { ...fence, token: 'of an earlier run' } };
    await lanes.leave(lost, { isFinished: true, companions: [two.id], isDone: true, keepMs: 0 });
    expect(await isMine(two)).toBe(false);
    expect(await membersSeenBy(one)).toEqual([one.id, two.id].toSorted());
  });

  it('is free again by itself if its holder never leaves', async () => {
    const [killed, next] = [wanting('killed'), wanting('next')];
    await lanes.take(killed);
    const holder = holderKey(parts.prefix, callKey(killed.data));
    expect(await parts.redis.pttl(holder)).toBeGreaterThan(parts.environment.CONFIRMATION_TIMEOUT_MS);
    // As if that time were over.
    await parts.redis.pexpire(holder, 1);
    await vi.waitFor(async () => expect(await isMine(next)).toBe(true));
  });

  it('is looked at again every two seconds by the oldest that waits, by the others later', async () => {
    const [holder, oldest, younger] = [
      wanting('holder', { createdAt: 3 }),
      wanting('oldest', { createdAt: 1 }),
      wanting('younger', { createdAt: 2 }),
    ];
    await lanes.take(holder);
    for (const one of [oldest, younger]) await lanes.take(one);
    expect(await lanes.take(oldest)).toEqual({ isMine: false, retryInMs: 2000 });
    expect(await lanes.take(younger)).toEqual({ isMine: false, retryInMs: 2020 });
  });

  it('is looked at again no later than its holder can have it', async () => {
    const holder = wanting('holder');
    await lanes.take(holder);
    await leave(holder, { keepMs: 500 });
    const turn = await lanes.take(wanting('waiting'));
    expect(turn).toEqual({ isMine: false, retryInMs: expect.toSatisfy((ms: number) => ms <= 500) as number });
  });

  describe('that was left with a document which may still be fetched', () => {
    it('is kept until the document is fetched', async () => {
      const [one, two] = [wanting('one'), wanting('two')];
      await lanes.take(one);
      await leave(one, { keepMs: 60_000 });
      expect(await isMine(two)).toBe(false);
      await parts.redis.set(evidenceMailbox(parts.prefix, one.id), Date.now());
      expect(await isMine(two)).toBe(true);
    });

    it('is kept no longer than the fetch may take', async () => {
      const [one, two] = [wanting('one'), wanting('two')];
      await lanes.take(one);
      await leave(one, { keepMs: 50 });
      await vi.waitFor(async () => expect(await isMine(two)).toBe(true));
    });

    it('is not kept from its own cancellation', async () => {
      const one = wanting('one');
      await lanes.take(one);
      await leave(one, { isFinished: false, isDone: false, keepMs: 60_000 });
      expect(await isMine(one)).toBe(true);
    });

    it('starts nobody, because nobody could go on', async () => {
      const [one, two] = [wanting('one'), await asleep('two')];
      await lanes.take(one);
      await lanes.take(two);
      await leave(one, { keepMs: 60_000 });
      expect(await isStarted(two)).toBe(false);
    });
  });

  describe('when its holder leaves', () => {
    it('starts the oldest that waits', async () => {
      const holder = wanting('holder', { createdAt: 1 });
      const [younger, older] = [
        await asleep('younger', { createdAt: 3 }),
        await asleep('older', { createdAt: 2 }),
      ];
      for (const one of [holder, younger, older]) await lanes.take(one);
      await leave(holder);
      expect([await isStarted(older), await isStarted(younger)]).toEqual([true, false]);
    });

    it('starts its companions, who have evidence of their own to look at, and one more', async () => {
      const holder = wanting('holder', { createdAt: 1 });
      const [companion, next, last] = [
        await asleep('companion', { createdAt: 2 }),
        await asleep('next', { createdAt: 3 }),
        await asleep('last', { createdAt: 4 }),
      ];
      for (const one of [holder, companion, next, last]) await lanes.take(one);
      await leave(holder, { companions: [companion.id] });
      expect([await isStarted(companion), await isStarted(next), await isStarted(last)]).toEqual([
        true,
        true,
        false,
      ]);
    });

    it('starts nobody if it goes to sleep without having sent anything', async () => {
      const [holder, other] = [wanting('holder'), await asleep('other')];
      for (const one of [holder, other]) await lanes.take(one);
      await leave(holder, { isFinished: false, companions: null, isDone: false });
      expect(await isStarted(other)).toBe(false);
      expect(await isMine(other)).toBe(true);
    });

    it('starts one that was not a companion, although its update stopped nothing', async () => {
      const [holder, companion, next] = [wanting('holder'), await asleep('companion'), await asleep('next')];
      for (const [age, one] of [holder, companion, next].entries())
        await lanes.take({ id: one.id, data: { ...one.data, createdAt: age } });
      await leave(holder, { isFinished: false, companions: [companion.id], isDone: false });
      expect([await isStarted(companion), await isStarted(next)]).toEqual([true, true]);
    });

    it('passes over those that are gone, and those that wait for something else than the call', async () => {
      const [holder, gone] = [wanting('holder'), wanting('gone')];
      const [inBackoff, next] = [await asleep('in backoff'), await asleep('next')];
      await inBackoff.job.updateProgress({ ...EMPTY_RECORD, waitingFor: 'backoff' });
      for (const [age, one] of [holder, gone, inBackoff, next].entries())
        await lanes.take({ id: one.id, data: { ...one.data, createdAt: age } });
      await leave(holder, { companions: [] });
      expect([await isStarted(inBackoff), await isStarted(next)]).toEqual([false, true]);
    });

    it('is rid of those that its update has stopped', async () => {
      const [holder, companion, next] = [wanting('holder'), wanting('companion'), wanting('next')];
      for (const one of [holder, companion, next]) await lanes.take(one);
      await leave(holder, { companions: [companion.id] });
      expect(await membersSeenBy(next)).toEqual([next.id]);
    });

    it('keeps those that were not stopped for the next one', async () => {
      const [holder, companion] = [wanting('holder'), wanting('companion')];
      for (const one of [holder, companion]) await lanes.take(one);
      await leave(holder, { isFinished: false, companions: [companion.id], isDone: false });
      expect(await lanes.take(holder)).toEqual({
        isMine: true,
        members: [holder.id, companion.id].toSorted(),
      });
    });
  });

  describe('a run that goes to sleep because the call is taken', () => {
    it('is started if the call was given back just before', async () => {
      const [holder, waiting] = [wanting('holder'), await asleep('waiting')];
      for (const one of [holder, waiting]) await lanes.take(one);
      // Nobody else waits yet, as far as its holder knows.
      await leave(holder, { companions: null });
      await lanes.startIfFree(waiting);
      expect(await isStarted(waiting)).toBe(true);
    });

    it('sleeps on while the call is taken', async () => {
      const [holder, waiting] = [wanting('holder'), await asleep('waiting')];
      for (const one of [holder, waiting]) await lanes.take(one);
      await lanes.startIfFree(waiting);
      expect(await isStarted(waiting)).toBe(false);
    });
  });

  describe('the companions of its holder', () => {
    it('are those that were registered for the call, though none of them has run yet', async () => {
      const own = await asleep('own');
      const others = [await asleep('two', { createdAt: 2 }), await asleep('one', { createdAt: 1 })];
      await register([own, ...others]);
      expect(new Set(await companions(own))).toEqual(new Set(others.map(({ id }) => id)));
    });

    it('are none that a document of ours cannot stop', async () => {
      const own = await asleep('own');
      const bySid = { streamSid: 'sid' };
      const others = [
        await asleep('by its SID', bySid),
        await asleep('by a template', { template: 'bye' }),
        await asleep('late', { createdAt: 1, deadline: 2 }),
      ];
      for (const other of others) await register([other]);
      expect(await companions(own)).toEqual([]);
    });

    it('are none that are gone, which are dropped', async () => {
      const [own, there] = [await asleep('own'), await asleep('there')];
      const gone = wanting('never queued');
      await register([own, gone, there]);
      expect(await companions(own)).toEqual([there.id]);
      expect(await membersSeenBy(own)).toEqual([own.id, there.id].toSorted());
    });
  });

  describe('a cancellation that ends while others send updates of its call', () => {
    const open = { startedAt: Date.now(), strategy: 'update_call' } as const;

    it('is told of an attempt that was opened for it before', async () => {
      const [sender, own] = [wanting('sender'), wanting('own')];
      for (const one of [sender, own]) await lanes.take(one);
      expect(await lanes.sharedAttempts.open(sender, [own], open)).toEqual([own]);
      expect(await leave(own)).toEqual([{ open, ended: null }]);
    });

    it('is stopped by no attempt that is opened later', async () => {
      const [sender, own] = [wanting('sender'), wanting('own')];
      for (const one of [sender, own]) await lanes.take(one);
      expect(await leave(own)).toEqual([]);
      expect(await lanes.sharedAttempts.open(sender, [own], open)).toEqual([]);
    });

    it('ends before an attempt that is opened at the same time, or knows of it', async () => {
      const sender = wanting('sender');
      await lanes.take(sender);
      const crowd = Array.from({ length: 20 }, (_, place) => wanting(`${place}`));
      for (const own of crowd) await lanes.take(own);
      const [told, ...left] = await Promise.all([
        lanes.sharedAttempts.open(sender, crowd, open),
        ...crowd.map((own) => leave(own)),
      ]);
      expect(told).toEqual(crowd.filter((_, place) => left[place]?.length === 1));
    });
  });

  it('leaves nothing behind for good', async () => {
    const [one, two] = [wanting('one'), wanting('two')];
    await register([one, two]);
    for (const own of [one, two]) await lanes.take(own);
    const open = { startedAt: Date.now(), strategy: 'update_call' } as const;
    await lanes.sharedAttempts.open(one, [two], open);
    await leave(one, { keepMs: 1000 });
    const keys = await parts.redis.keys(`${parts.prefix}:*`);
    const ours = keys.filter((key) => !/:(?:cancellations|callbacks):/.test(key));
    expect(ours).toHaveLength(3);
    for (const key of ours) expect(await parts.redis.pttl(key)).toBeGreaterThan(0);
  });
});
