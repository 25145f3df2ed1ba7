import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { EVIDENCE_LEVELS, STATUSES, viewOf } from '../../cancellation/view.js';
import type { CancellationView } from '../../cancellation/view.js';
import { FAILURE_CODES } from '../../cancellation/vocabulary.js';
import { digest } from './layout.js';

type Status = CancellationView['status'];
type Evidence = CancellationView['evidence'];

/** Set for every cancellation that is kept, cleared when it is removed. */
export const LISTED = 'all';

/** A new cancellation is queued, with no evidence and no failure. That it has no other one tells as much. */
export const isUnmarked = (value: string): boolean => value === 'queued' || value === 'none';

export const STATUS_TERMS = STATUSES.filter((status) => !isUnmarked(status));
export const FINAL_TERMS: readonly Status[] = ['succeeded', 'failed', 'expired', 'withdrawn'];
export const EVIDENCE_TERMS = EVIDENCE_LEVELS.filter((level) => !isUnmarked(level)).map(evidenceTerm);

export function evidenceTerm(level: Evidence): string {
  return `evidence:${level}`;
}
export function failureTerm(code: string): string {
  return `failure:${code}`;
}
export const FAILURE_TERMS = FAILURE_CODES.map(failureTerm);
export const projectTerm = (name: string): string => `project:${name}`;
export const requesterTerm = (name: string): string => `by:${name}`;

/** Set for a cancellation that was retried. */
export const RETRIED = 'retried';

/** Set at acceptance for a cancellation with a callback, cleared once the callback is queued. */
export const CALLBACK_DUE = 'callback-due';

/**
 * There are as many stream names as clients like, so that a term for each would take too much memory. Each byte of a
 * name's hash chooses one of 64 terms. Names that share all of them are told apart when their jobs are read.
 */
const NAME_HASH_BYTES = 4;
const NAME_BUCKETS = 64;
const nameTerm = (byte: number, bucket: number): string => `name${byte}:${bucket}`;

/** As many for each name; none for null. */
export const nameTerms = (streamName: string | null): string[] =>
  streamName === null
    ? []
    : Array.from(digest(streamName, NAME_HASH_BYTES), (value, byte) => nameTerm(byte, value % NAME_BUCKETS));

const NAME_TERMS = Array.from({ length: NAME_HASH_BYTES * NAME_BUCKETS }, (_, index) =>
  nameTerm(index % NAME_HASH_BYTES, Math.floor(index / NAME_HASH_BYTES)),
);

/**
 * How many terms without a chosen name are set when a cancellation is accepted; less where it has no name or no
 * callback.
 */
export const MOST_FIRST_TERMS = 1 + NAME_HASH_BYTES;

/** The terms that do not name what a client has chosen. */
export const FIXED_TERMS: readonly string[] = [
  LISTED,
  RETRIED,
  CALLBACK_DUE,
  ...STATUS_TERMS,
  ...EVIDENCE_TERMS,
  ...FAILURE_TERMS,
  ...NAME_TERMS,
];

/** The terms that change, as they stand after any step: only those that a step can have changed. */
export function termsOf(stored: StoredCancellation): ReadonlyMap<string, boolean> {
  const { status, evidence, failure } = viewOf(stored, []);
  const terms = new Map<string, boolean>([
    // Its entry may have been cleared because its job was added very late.
    [LISTED, true],
    ['running', status === 'running'],
    ['retrying', status === 'retrying'],
  ]);
  if (FINAL_TERMS.includes(status)) terms.set(status, true);
  if (!isUnmarked(evidence))
    for (const term of EVIDENCE_TERMS) terms.set(term, term === evidenceTerm(evidence));
  if (failure !== null && failure.code !== null) terms.set(failureTerm(failure.code), true);
  return terms;
}
