import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProven, NO_PROOF, requiredFor, together } from '../../src/cancellation/proof.js';
import type { Proof } from '../../src/cancellation/proof.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import { REQUIRED_EVIDENCE } from '../../src/cancellation/vocabulary.js';
import type { RequiredEvidence } from '../../src/cancellation/vocabulary.js';
import { T0, testRecord } from './fixtures/cancellation.js';

const time = fc.option(fc.integer({ min: 1 }));
const proof: fc.Arbitrary<Proof> = fc.record({ documentFetchedAt: time, streamStoppedAt: time });

describe('two proofs taken together', () => {
  it('keep the earlier time of each kind', () => {
    const one = { documentFetchedAt: 1, streamStoppedAt: 4 };
    const other = { documentFetchedAt: 2, streamStoppedAt: 3 };
    expect(together(one, other)).toEqual({ documentFetchedAt: 1, streamStoppedAt: 3 });
  });

  it('are the same in either order and grouping, and lose nothing', () => {
    fc.assert(
      fc.property(proof, proof, proof, (one, two, three) => {
        expect(together(one, two)).toEqual(together(two, one));
        expect(together(together(one, two), three)).toEqual(together(one, together(two, three)));
        expect(together(one, NO_PROOF)).toEqual(one);
        expect(together(one, one)).toEqual(one);
      }),
    );
  });
});

describe('the evidence that a project requires', () => {
  it.each<[RequiredEvidence, string, boolean, RequiredEvidence]>([
    ['accepted', 'our document', false, 'accepted'],
    ['document_fetched', 'our document', false, 'document_fetched'],
    ['stream_stopped', 'our document', false, 'stream_stopped'],
    ['accepted', 'a document elsewhere', true, 'accepted'],
    ['document_fetched', 'a document elsewhere', true, 'accepted'],
    ['stream_stopped', 'a document elsewhere', true, 'stream_stopped'],
  ])('%s, of an update with %s, is %4$s', (requiredEvidence, _, isDocumentElsewhere, required) => {
    expect(requiredFor({ requiredEvidence }, { isDocumentElsewhere })).toBe(required);
  });
});

describe('whether a cancellation is proven', () => {
  /** Per row: enough for `accepted`, for `document_fetched`, for `stream_stopped`. */
  it.each<[string, Partial<CancellationRecord>, readonly [boolean, boolean, boolean]]>([
    ['nothing is known', {}, [false, false, false]],
    ['the update was accepted', { acceptedAt: T0 }, [true, false, false]],
    ['the document was fetched', { documentFetchedAt: T0 }, [true, true, false]],
    ['the answer said that the stream is stopped', { saidStoppedAt: T0 }, [true, true, false]],
    ['a status callback said that the stream stopped', { streamStoppedAt: T0 }, [true, true, true]],
    ['the call is over', { callEnded: true }, [true, true, true]],
    [
      'an update with a document elsewhere was accepted',
      { acceptedAt: T0, isDocumentElsewhere: true },
      [true, true, false],
    ],
    ['an update with a document elsewhere was sent', { isDocumentElsewhere: true }, [false, false, false]],
    [
      'the document was fetched of an earlier update, before one with a document elsewhere',
      { documentFetchedAt: T0, isDocumentElsewhere: true },
      [true, true, false],
    ],
  ])('where %s: accepted, document_fetched, stream_stopped', (_, known, enough) => {
    const proven = REQUIRED_EVIDENCE.map((requiredEvidence) =>
      isProven(testRecord(known), { requiredEvidence }),
    );
    expect(proven).toEqual(enough);
  });
});
