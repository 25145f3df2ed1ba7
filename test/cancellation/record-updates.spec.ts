import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Note } from '../../src/lane/call-lanes.js';
import { EMPTY_RECORD, withAttempt } from '../../src/cancellation/record.js';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import {
  isProven,
  msUnfetched,
  requiredOf,
  withNotes,
  withProof,
} from '../../src/cancellation/record-updates.js';
import { REQUIRED_EVIDENCE } from '../../src/cancellation/required-evidence.js';
import type { RequiredEvidence } from '../../src/cancellation/required-evidence.js';

const EPOCH_MS = 1_790_000_000_000;

const attemptAt = (startedAt: number, outcome: Attempt['outcome'] = 'accepted'): Attempt => ({
  number: 1,
  startedAt,
  durationMs: 40,
  outcome,
  httpStatus: 200,
  providerCode: null,
  message: null,
});

const note: fc.Arbitrary<Note> = fc.record({
  attempt: fc
    .record({
      startedAt: fc.integer({ min: EPOCH_MS, max: EPOCH_MS + 50 }),
      outcome: fc.constantFrom('accepted' as const, 'not_confirmed' as const, 'provider_error' as const),
    })
    .map(({ startedAt, outcome }) => attemptAt(startedAt, outcome)),
  callEnded: fc.boolean(),
});
const notes = fc.array(note, { maxLength: 80 });

describe('what a cancellation needs to have succeeded', () => {
  it.each<[Partial<CancellationRecord>, readonly boolean[]]>([
    [{}, [false, false, false]],
    [{ acceptedAt: EPOCH_MS }, [true, false, false]],
    [{ documentFetchedAt: EPOCH_MS }, [true, true, false]],
    [{ acceptedAt: EPOCH_MS, saidStoppedAt: EPOCH_MS }, [true, true, false]],
    [{ streamGoneAt: EPOCH_MS }, [true, true, false]],
    [{ streamStoppedAt: EPOCH_MS }, [true, true, true]],
    [{ callEnded: true }, [true, true, true]],
  ])('%j is enough where accepted, document_fetched, stream_stopped are required: %j', (known, enough) => {
    const record = { ...EMPTY_RECORD, ...known };
    expect(REQUIRED_EVIDENCE.map((required) => isProven(record, required))).toEqual(enough);
  });

  it('is not lost by proof that comes later, or by none', () => {
    const record = { ...EMPTY_RECORD, documentFetchedAt: EPOCH_MS };
    expect(withProof(record, { documentFetchedAt: EPOCH_MS + 5, streamStoppedAt: null })).toEqual(record);
    expect(withProof(record, { documentFetchedAt: null, streamStoppedAt: null })).toEqual(record);
  });
});

describe('the evidence that is required', () => {
  it.each<[RequiredEvidence, boolean, RequiredEvidence]>([
    ['document_fetched', false, 'document_fetched'],
    ['document_fetched', true, 'accepted'],
    ['accepted', true, 'accepted'],
    ['stream_stopped', true, 'stream_stopped'],
  ])('by the project: %s; of an uncounted document (%j): %s', (requiredEvidence, isUncounted, required) => {
    expect(requiredOf({ requiredEvidence }, { isUncounted })).toBe(required);
  });
});

describe('a document that may yet be fetched', () => {
  const sent = { ...attemptAt(EPOCH_MS), strategy: 'update_call' as const };
  const now = EPOCH_MS + 40 + 100;
  it.each<[string, Partial<CancellationRecord>, number]>([
    ['that of an accepted update', { attempts: [sent] }, 900],
    ['one that was fetched', { attempts: [sent], documentFetchedAt: now }, 0],
    ['one of a stream that has stopped', { attempts: [sent], streamStoppedAt: now }, 0],
    ['one of a call that is over', { attempts: [sent], callEnded: true }, 0],
    ['one that was awaited long enough', { attempts: [{ ...sent, outcome: 'not_confirmed' }] }, 0],
    ['one that was refused', { attempts: [{ ...sent, outcome: 'rejected' }] }, 0],
    ['none, by its SID', { attempts: [{ ...sent, strategy: 'stream_resource' }] }, 0],
    ['none yet', {}, 0],
  ])('is %s: for %j, %i ms', (_, known, ms) => {
    expect(msUnfetched({ ...EMPTY_RECORD, ...known }, now, 1000)).toBe(ms);
    expect(msUnfetched({ ...EMPTY_RECORD, ...known }, now + 5000, 1000)).toBe(0);
  });
});

describe('attempts that others have sent', () => {
  it('are numbered on from its own', () => {
    const own = withAttempt(EMPTY_RECORD, attemptAt(EPOCH_MS, 'provider_error'));
    const told = { attempt: attemptAt(EPOCH_MS + 100), callEnded: false };
    const record = withNotes(own, [told]);
    expect(record.attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'provider_error'],
      [2, 'accepted'],
    ]);
    expect(record.acceptedAt).toBe(EPOCH_MS + 140);
  });

  it('change nothing when they are told once more', () => {
    fc.assert(
      fc.property(notes, (notes) => {
        const told = withNotes(EMPTY_RECORD, notes.slice(0, 40));
        expect(withNotes(told, notes.slice(0, 40))).toEqual(told);
      }),
    );
  });

  it('never take anything back, and stay within bounds', () => {
    fc.assert(
      fc.property(notes, notes, (first, second) => {
        const before = withNotes(EMPTY_RECORD, first);
        const after = withNotes(before, second);
        expect(after.attempts.length).toBeGreaterThanOrEqual(before.attempts.length);
        expect(after.attempts.length).toBeLessThanOrEqual(50);
        expect(after.acceptedAt).toBe(before.acceptedAt ?? after.acceptedAt);
        expect(before.callEnded && !after.callEnded).toBe(false);
        const numbers = after.attempts.map(({ number }) => number);
        expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
      }),
    );
  });
});
