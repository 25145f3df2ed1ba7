import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredCancellation } from '../../../src/cancellation/stored-cancellation.js';
import type { Lease } from '../../../src/queue/lease.js';
import { giveUp, SUCCEED } from '../../../src/worker/next.js';
import type { Next } from '../../../src/worker/next.js';
import { testRecord } from '../../cancellation/fixtures/cancellation.js';
import { startRuns } from './fixtures/runs.js';
import type { TestRuns } from './fixtures/runs.js';

describe('a run that ends its cancellation while another one sends an update for it', () => {
  let test: TestRuns;

  beforeEach(async () => {
    test = await startRuns();
  });
  afterEach(() => test.close());

  /** Somebody else's attempt for it is opened just before the run says that it ends. */
  const openedMeanwhile = (next: Next) => async (lease: Lease) => {
    const { lanes, clock } = test;
    const open = { startedAt: clock.now(), strategy: 'update_call' } as const;
    await lanes.take(lease);
    await lanes.sharedAttempts.open({ id: 'sender', data: lease.data }, [lease], open);
    return { record: testRecord(), next, companions: null };
  };

  it.each<[string, Next]>([
    ['given up', giveUp('deadline')],
    ['succeeded', SUCCEED],
  ])('waits for its outcome instead of having %s', async (_, next) => {
    const { id } = await test.add();
    const outcome = await test.run(openedMeanwhile(next));
    expect(outcome.next).toMatchObject({ kind: 'wait', for: 'report' });
    const stored = (await test.parts.cancellations.find(id)) as StoredCancellation;
    expect(stored.record).toMatchObject({ waitingFor: 'report', givenUp: null });
    expect(await test.stateOf(id)).toBe('delayed');
  });

  it.each<[string, Next]>([
    ['given up', giveUp('deadline')],
    ['succeeded', SUCCEED],
  ])('has %s if it has listed that attempt', async (_, next) => {
    await test.add();
    const outcome = await test.run(async (lease) => {
      const meanwhile = await openedMeanwhile(next)(lease);
      const [shared] = await test.lanes.sharedAttempts.read(lease.id);
      const listed = { number: 1, startedAt: shared?.open.startedAt } as never;
      return { ...meanwhile, record: testRecord({ attempts: [listed] }) };
    });
    expect(outcome.next).toEqual(next);
  });
});
