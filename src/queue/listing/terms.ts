import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { EVIDENCE_LEVELS, STATUSES, viewOf } from '../../cancellation/view.js';
import type { CancellationView } from '../../cancellation/view.js';
import { FAILURE_CODES } from '../../cancellation/vocabulary.js';

type Status = CancellationView['status'];
type Evidence = CancellationView['evidence'];

/** Set for every cancellation that is kept, cleared when it is removed. */
export const LISTED = 'all';

/** A new cancellation is queued and has no evidence. That it has no other status or evidence tells as much. */
export const isUnmarked = (value: string): boolean => value === 'queued' || value === 'none';

export const STATUS_TERMS = STATUSES.filter((status) => !isUnmarked(status));
export const FINAL_TERMS: readonly Status[] = ['succeeded', 'failed', 'expired', 'withdrawn'];
export const EVIDENCE_TERMS = EVIDENCE_LEVELS.filter((level) => !isUnmarked(level)).map(evidenceTerm);

export function evidenceTerm(level: Evidence): string {
  return `evidence:${level}`;
}
export const failureTerm = (code: string): string => `failure:${code}`;
export const projectTerm = (name: string): string => `project:${name}`;
export const requesterTerm = (name: string): string => `by:${name}`;

/** Set for a cancellation that was retried. */
export const RETRIED = 'retried';

/** Set at acceptance for a cancellation with a callback, cleared once the callback is queued. */
export const CALLBACK_DUE = 'callback-due';

/** The terms that do not name what a client has chosen. */
export const FIXED_TERMS: readonly string[] = [
  LISTED,
  RETRIED,
  CALLBACK_DUE,
  ...STATUS_TERMS,
  ...EVIDENCE_TERMS,
  ...FAILURE_CODES.map(failureTerm),
];

/** The terms that change, as they stand after any step: only those that a step can have changed. */
export function termsOf(stored: StoredCancellation): ReadonlyMap<string, boolean> {
  const { status, evidence, failure } = viewOf(stored, []);
  const terms = new Map<string, boolean>([
    ['running', status === 'running'],
    ['retrying', status === 'retrying'],
  ]);
  if (FINAL_TERMS.includes(status)) terms.set(status, true);
  if (!isUnmarked(evidence))
    for (const term of EVIDENCE_TERMS) terms.set(term, term === evidenceTerm(evidence));
  if (failure !== null) terms.set(failureTerm(failure.code), true);
  return terms;
}
