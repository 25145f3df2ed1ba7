import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callKey } from '../../src/cancellation/keys.js';
import { wantedKey } from '../../src/lane/lane-keys.js';
import { SharedAttempts } from '../../src/lane/shared-attempts.js';
import { T0, testAttempt, testData, testStored } from '../cancellation/fixtures/cancellation.js';
import { workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

const DEADLINE = Date.now() + 60_000;

const open = (startedAt: number) => ({ startedAt, strategy: 'update_call' as const });
const ended = (startedAt: number) => ({ attempt: testAttempt({ startedAt }), callEnded: false });

const cancellation = (id: string) => testStored(id, { deadline: DEADLINE });

describe('an attempt that was sent for several cancellations', () => {
  let parts: WorkerParts;
  let attempts: SharedAttempts;

  beforeEach(async () => {
    parts = await workerParts();
    attempts = new SharedAttempts(parts.redis, parts.prefix);
  });
  afterEach(() => parts.close());

  /** They want an update of their call. */
  async function wanting(...ids: string[]) {
    const all = ids.map(cancellation);
    const wanted = wantedKey(parts.prefix, callKey(testData()));
    await parts.redis.zadd(wanted, ...ids.flatMap((id) => [T0, id]));
    return all;
  }

  it('is read by each of them, first as open, then with its outcome', async () => {
    const sender = cancellation('sender');
    const companions = await wanting('one', 'two');
    expect(await attempts.open(sender, companions, open(T0))).toEqual(companions);
    expect(await attempts.read('one')).toEqual([{ open: open(T0), ended: null }]);
    await attempts.end(sender, companions, ended(T0));
    const answered = { open: open(T0), ended: ended(T0) };
    expect(await attempts.read('one')).toEqual([answered]);
    expect(await attempts.read('two')).toEqual([answered]);
  });

  it('is not sent for one that wants no update any more', async () => {
    const there = await wanting('there');
    const both = [cancellation('gone'), ...there];
    expect(await attempts.open(cancellation('sender'), both, open(T0))).toEqual(there);
    expect(await attempts.read('there')).toHaveLength(1);
    expect(await attempts.read('gone')).toEqual([]);
  });

  it('is read with all others, oldest first, whoever sent them', async () => {
    const companions = await wanting('one');
    for (const [sender, startedAt] of [
      ['b', T0 + 2],
      ['a', T0 + 2],
      ['a', T0 + 1],
    ] as const)
      await attempts.open(cancellation(sender), companions, open(startedAt));
    const read = await attempts.read('one');
    expect(read.map(({ open: { startedAt } }) => startedAt - T0)).toEqual([1, 2, 2]);
  });

  it('is nothing to a cancellation that it was not sent for', async () => {
    const sender = cancellation('sender');
    await attempts.open(sender, await wanting('one'), open(T0));
    await attempts.open(sender, [], open(T0 + 1));
    expect(await attempts.read('sender')).toEqual([]);
    expect(await attempts.read('two')).toEqual([]);
  });

  it('is forgotten if it is not sent after all', async () => {
    const sender = cancellation('sender');
    const companions = await wanting('one');
    for (const startedAt of [T0, T0 + 1]) await attempts.open(sender, companions, open(startedAt));
    await attempts.remove(sender, companions, open(T0));
    expect(await attempts.read('one')).toEqual([{ open: open(T0 + 1), ended: null }]);
  });
});
