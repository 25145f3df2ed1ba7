import { describe, expect, it } from 'vitest';
import type { Cancellation } from '../../drills/parts/cancellation.js';
import { tallyOf } from '../tally.js';

const START = Date.parse('2026-11-23T00:00:00.000Z');

const cancellation = (id: string, status: string, fetchedAfterMs: number | null = null) =>
  ({
    id,
    callSid: `call of ${id}`,
    status,
    createdAt: new Date(START).toISOString(),
    documentFetchedAt: fetchedAfterMs === null ? null : new Date(START + fetchedAfterMs).toISOString(),
  }) as Cancellation;

/** The tally of a caller that got `ids` from an API that knows `known`. */
function tallied(ids: readonly string[], known: readonly Cancellation[]) {
  const caller = {
    accepted: new Map(ids.map((id) => [id, { id, callSid: `call of ${id}` }])),
    find: async (asked: readonly string[]) =>
      new Map(known.filter(({ id }) => asked.includes(id)).map((one) => [one.id, one])),
  };
  return tallyOf(caller, (callSid) => (callSid === 'call of slow' ? '5xx' : 'none'));
}

describe('the tally of the load', () => {
  it('count how cancellations ended, and their times by fault', async () => {
    const known = [
      cancellation('quick', 'succeeded', 20),
      cancellation('slow', 'succeeded', 500),
      cancellation('refused', 'failed'),
      cancellation('late', 'expired'),
    ];
    expect(
      await tallied(
        known.map(({ id }) => id),
        known,
      ),
    ).toEqual({
      accepted: 4,
      ends: { succeeded: 2, failed: 1, expired: 1 },
      lost: 0,
      timesToStop: new Map([
        ['none', [20]],
        ['5xx', [500]],
      ]),
    });
  });

  it.each([
    ['unknown', []],
    ['unfinished', [cancellation('gone', 'retrying')]],
    ['unfinished, although stopped', [cancellation('gone', 'queued', 30)]],
  ])('count a cancellation as lost if it is %s', async (_, known) => {
    const tally = await tallied(['quick', 'gone'], [cancellation('quick', 'succeeded', 20), ...known]);
    expect(tally).toMatchObject({ accepted: 2, ends: { succeeded: 1, failed: 0, expired: 0 }, lost: 1 });
  });

  it('hold more cancellations than are read at once', async () => {
    const ids = Array.from({ length: 5001 }, (_, index) => String(index));
    const known = ids.slice(0, -1).map((id) => cancellation(id, 'succeeded', 1));
    expect(await tallied(ids, known)).toMatchObject({ accepted: 5001, ends: { succeeded: 5000 }, lost: 1 });
  });
});
