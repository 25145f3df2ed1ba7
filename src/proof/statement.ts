import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import type { CancellationView } from '../cancellation/view.js';
import { conclusionOf, notKnown } from './conclusion.js';
import { factsOf } from './facts.js';

/** Changes when a reader of statements would have to change. */
export const STATEMENT_FORMAT = 'streamstop-proof-1' as const;

/** What of the cancellation the statement repeats. */
export const SUBJECT = [
  'id',
  'project',
  'callSid',
  'streamName',
  'streamSid',
  'requestedBy',
  'requestId',
  'retryOf',
  'createdAt',
  'deadline',
  'finishedAt',
  'status',
  'evidence',
  'warnings',
] as const satisfies readonly (keyof CancellationView)[];

const CLOCK =
  'Times are those of the clock of the Redis that streamstop uses, unless a source says otherwise; an answer is timed when it was received';

/**
 * What is known of a cancellation, with times and sources, for people who were not there. Times are ISO 8601 in UTC.
 *
 * @param issuedAt epoch milliseconds
 */
export function statementOf(stored: StoredCancellation, view: CancellationView, issuedAt: number) {
  return {
    format: STATEMENT_FORMAT,
    issuedAt: new Date(issuedAt).toISOString(),
    cancellation: Object.fromEntries(SUBJECT.map((field) => [field, view[field]])) as Pick<
      CancellationView,
      (typeof SUBJECT)[number]
    >,
    conclusion: conclusionOf(view),
    facts: factsOf(stored, view),
    notKnown: notKnown(stored, view),
    clock: CLOCK,
  };
}
