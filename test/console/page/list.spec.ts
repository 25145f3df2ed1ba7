import { describe, expect, it } from 'vitest';
import { after, failed, UNSENT } from '../fixtures/one.js';

const load = async <T>(module: string): Promise<T> =>
  (await import(new URL(`../../../src/console/page/${module}`, import.meta.url).href)) as T;

const { merged, withChanges } = await load<{
  merged: (before: object[], after: object[]) => { id: string }[];
  withChanges: (filter: object, items: object[], changed: object[]) => object[];
}>('list/list.js');
const { reasonsOf } = await load<{
  reasonsOf: (items: object[]) => { count: number; name: string; filter: object }[];
}>('now/failures.js');

describe('the list', () => {
  it('shows each cancellation once, as it was last heard of, the newest first', () => {
    const [old, young] = [
      { id: 'old', createdAt: after(0), status: 'queued' },
      { id: 'young', createdAt: after(1), status: 'queued' },
    ];
    expect(merged([young, old], [{ ...old, status: 'failed' }])).toEqual([
      young,
      { ...old, status: 'failed' },
    ]);
  });
});

describe('a list that is read again', () => {
  it('keeps what was heard of while it was read, as far as it belongs there', () => {
    const [known, young, other] = [
      { id: 'known', createdAt: after(0), status: 'failed' },
      { id: 'young', createdAt: after(1), status: 'queued' },
      { id: 'other', createdAt: after(2), status: 'failed' },
    ];
    const snapshot = [{ ...known, status: 'queued' }];
    expect(withChanges({ status: ['queued'] }, snapshot, [known, young, other])).toEqual([young, known]);
  });
});

const FAILED = { status: ['failed', 'expired'], last: '1h', retried: 'false' };

describe('what failed in the last hour', () => {
  it('is counted by reason, with a filter that shows the same', () => {
    const items = [
      failed('rejected', 'a'),
      failed('timeout', 'b'),
      failed('timeout', 'b'),
      { status: 'expired', failure: UNSENT },
    ];
    expect(reasonsOf(items).map(({ count, name, filter }) => [count, name, filter])).toEqual([
      [2, 'SignalWire did not answer in time', { ...FAILED, failureCode: ['timeout'] }],
      [1, 'SignalWire refused it', { ...FAILED, failureCode: ['rejected'] }],
      [1, 'Never sent before the deadline', { ...FAILED, failureCode: ['none'] }],
    ]);
  });
});
