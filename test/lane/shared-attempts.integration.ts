import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SharedAttempts } from '../../src/lane/shared-attempts.js';
import { T0, testAttempt, testStored } from '../cancellation/fixtures/cancellation.js';
import { workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

const DEADLINE = Date.now() + 60_000;

const open = (startedAt: number) => ({ startedAt, strategy: 'update_call' as const });
const ended = (startedAt: number) => ({ attempt: testAttempt({ startedAt }), callEnded: false });

const companion = (id: string) => testStored(id, { deadline: DEADLINE });

describe('an attempt that was sent for several cancellations', () => {
  let parts: WorkerParts;
  let attempts: SharedAttempts;

  beforeEach(async () => {
    parts = await workerParts();
    attempts = new SharedAttempts(parts.redis, parts.prefix);
  });
  afterEach(() => parts.close());

  it('is read by each of them, first as open, then with its outcome', async () => {
    const companions = [companion('one'), companion('two')];
    const sent = { open: open(T0), ended: null };
    await attempts.write('sender', companions, sent);
    expect(await attempts.read('one')).toEqual([sent]);
    const answered = { open: open(T0), ended: ended(T0) };
    await attempts.write('sender', companions, answered);
    expect(await attempts.read('one')).toEqual([answered]);
    expect(await attempts.read('two')).toEqual([answered]);
  });

  it('is read with all others, oldest first, whoever sent them', async () => {
    for (const [sender, startedAt] of [
      ['b', T0 + 2],
      ['a', T0 + 2],
      ['a', T0 + 1],
    ] as const)
      await attempts.write(sender, [companion('one')], { open: open(startedAt), ended: null });
    const read = await attempts.read('one');
    expect(read.map(({ open: { startedAt } }) => startedAt - T0)).toEqual([1, 2, 2]);
  });

  it('is nothing to a cancellation that it was not sent for', async () => {
    await attempts.write('sender', [companion('one')], { open: open(T0), ended: null });
    await attempts.write('sender', [], { open: open(T0 + 1), ended: null });
    expect(await attempts.read('sender')).toEqual([]);
    expect(await attempts.read('two')).toEqual([]);
  });
});
