import { describe, expect, it } from 'vitest';
import { columnsFor, countIn, matchesIn, placesIn } from '../../../src/queue/listing/chunk-matches.js';
import type { ListFilter } from '../../../src/queue/listing/filter.js';
import { timeCell } from '../../../src/queue/listing/layout.js';
import { nameTerms } from '../../../src/queue/listing/terms.js';

/** As SETBIT makes them: no longer than the last bit. */
function bits(...places: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil((Math.max(...places) + 1) / 8));
  for (const place of places) bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (0x80 >> (place & 7));
  return bytes;
}

/** Ten cancellations, the last of which was removed. */
const COLUMNS = new Map([
  ['all', bits(0, 1, 2, 3, 4, 5, 6, 7, 8)],
  ['succeeded', bits(0, 1, 9)],
  ['failed', bits(2)],
  ['expired', bits(3)],
  ['running', bits(4)],
  ['retrying', bits(5)],
  ['evidence:document_fetched', bits(0)],
  ['evidence:call_ended', bits(1)],
  ['failure:timeout', bits(2, 3)],
  ['retried', bits(2)],
  ['project:default', bits(0, 2, 4, 6, 8)],
  ['project:other', bits(1, 3, 5, 7)],
  ['by:billing', bits(0, 1, 2, 3)],
  ...nameTerms('name 0').map((term) => [term, bits(0, 2, 4, 6, 8)] as const),
  ...nameTerms('name 1').map((term) => [term, bits(1, 3, 5, 7, 9)] as const),
  ['times', Buffer.concat(Array.from({ length: 10 }, (_, place) => timeCell(1_700_000_000_000 + place)))],
]);

describe('the places of a chunk that match', () => {
  it.each<[ListFilter, readonly number[]]>([
    [{}, [8, 7, 6, 5, 4, 3, 2, 1, 0]],
    [{ status: ['succeeded'] }, [1, 0]],
    [{ status: ['queued'] }, [8, 7, 6]],
    [{ status: ['queued', 'failed'] }, [8, 7, 6, 2]],
    [{ status: ['running', 'retrying'] }, [5, 4]],
    [{ status: ['failed'], failureCode: ['timeout'] }, [2]],
    [{ failureCode: ['rejected'] }, []],
    [{ failureCode: ['none'] }, [8, 7, 6, 5, 4, 1, 0]],
    [{ failureCode: ['none', 'timeout'], status: ['failed', 'succeeded'] }, [2, 1, 0]],
    [{ isRetried: true }, [2]],
    [{ isRetried: false, status: ['failed', 'succeeded'] }, [1, 0]],
    [{ evidence: ['none'] }, [8, 7, 6, 5, 4, 3, 2]],
    [{ evidence: ['none', 'call_ended'], status: ['succeeded'] }, [1]],
    [{ project: ['default'] }, [8, 6, 4, 2, 0]],
    [{ project: ['default', 'other'], requestedBy: ['billing'] }, [3, 2, 1, 0]],
    [{ project: ['unheard-of'] }, []],
    [{ project: [] }, []],
    [{ streamName: 'name 1' }, [7, 5, 3, 1]],
    [{ streamName: 'name 2' }, []],
    [{ createdAfter: 1_700_000_000_006 }, [8, 7, 6]],
    [{ createdAfter: 1_700_000_000_002, createdBefore: 1_700_000_000_004 }, [3, 2]],
  ])('%j', (filter, places) => {
    const columns = new Map([...COLUMNS].filter(([name]) => columnsFor(filter).includes(name)));
    expect([...placesIn(matchesIn(columns, filter, null))]).toEqual(places);
  });

  it('are only those that are asked for', () => {
    expect([...placesIn(matchesIn(COLUMNS, { status: ['succeeded'] }, [1, 4, 9, 60_000]))]).toEqual([1]);
  });

  it('are as many as are counted', () => {
    expect(countIn(matchesIn(COLUMNS, {}, null))).toBe(9);
    expect(countIn(matchesIn(COLUMNS, { project: ['other'] }, null))).toBe(4);
  });

  it('are none in a chunk that is gone', () => {
    expect(countIn(matchesIn(new Map(), { streamName: 'a', createdAfter: 0 }, null))).toBe(0);
  });
});
