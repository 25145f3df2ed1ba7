import type { Proof } from '../evidence/evidence.js';
import type { Project } from '../projects/project.js';
import type { RequiredEvidence } from './required-evidence.js';
import type { Note } from '../lane/call-lanes.js';
import { nextNumber, withAttempt } from './record.js';
import type { Attempt, CancellationRecord } from './record.js';
import type { AttemptStrategy } from './strategy.js';

/**
 * Whether there is nothing left to do: the evidence is as strong as required, or the call is over. Where the Streams resource
 * was used there is no document; SignalWire's own word that the stream is stopped stands in the place of its fetch.
 */
export function isProven(record: CancellationRecord, required: RequiredEvidence): boolean {
  if (record.callEnded || record.streamStoppedAt !== null) return true;
  if (required === 'stream_stopped') return false;
  if (record.documentFetchedAt !== null || saidStoppedAtOf(record) !== null) return true;
  return required === 'accepted' && record.acceptedAt !== null;
}

/** When SignalWire's answer said that the stream is stopped, or that it knows no such stream any more; null where none did. */
export const saidStoppedAtOf = ({
  saidStoppedAt,
  streamGoneAt,
}: Pick<CancellationRecord, 'saidStoppedAt' | 'streamGoneAt'>): number | null =>
  saidStoppedAt ?? streamGoneAt ?? null;

/** Nobody tells when a document of somebody else's was fetched. */
export const requiredOf = (
  { requiredEvidence }: Pick<Project, 'requiredEvidence'>,
  { isUncounted = false }: Pick<CancellationRecord, 'isUncounted'>,
): RequiredEvidence =>
  isUncounted && requiredEvidence === 'document_fetched' ? 'accepted' : requiredEvidence;

/** Whether there is nothing left to do, as its project has it. */
export const isProvenFor = (
  project: Pick<Project, 'requiredEvidence'>,
  record: CancellationRecord,
): boolean => isProven(record, requiredOf(project, record));

/** What was proven first stays. */
export const withProof = (record: CancellationRecord, proof: Proof): CancellationRecord => ({
  ...record,
  documentFetchedAt: record.documentFetchedAt ?? proof.documentFetchedAt,
  streamStoppedAt: record.streamStoppedAt ?? proof.streamStoppedAt,
});

/** The record with the attempts that other cancellations of the call have sent for this one. */
export function withNotes(record: CancellationRecord, notes: readonly Note[]): CancellationRecord {
  return notes.reduce((before, { attempt, callEnded }) => {
    // A note stays where a run that had read it was cut short.
    if (before.attempts.some(({ startedAt }) => startedAt === attempt.startedAt)) return before;
    const after = withAttempt(before, { ...attempt, number: nextNumber(before) });
    const wasAccepted = attempt.outcome === 'accepted' || attempt.outcome === 'not_confirmed';
    const acceptedAt = wasAccepted ? attempt.startedAt + attempt.durationMs : null;
    return {
      ...after,
      acceptedAt: before.acceptedAt ?? acceptedAt,
      callEnded: before.callEnded || callEnded,
    };
  }, record);
}

/** The record whose last attempt was accepted; what was said first stays. */
export function withAcceptance(
  record: CancellationRecord,
  { startedAt, durationMs }: Attempt,
  saidStopped: boolean,
): CancellationRecord {
  const answeredAt = startedAt + durationMs;
  const acceptedAt = record.acceptedAt ?? answeredAt;
  return saidStopped
    ? { ...record, acceptedAt, saidStoppedAt: record.saidStoppedAt ?? answeredAt }
    : { ...record, acceptedAt };
}

/** The record with an attempt under way, and without what was planned. */
export const withSending = (
  record: CancellationRecord,
  sendingSince: number,
  sendingBy: AttemptStrategy,
): CancellationRecord => ({ ...withoutPlan(record), sendingSince, sendingBy });

/** The record without what was to come next. */
export const withoutPlan = (record: CancellationRecord): CancellationRecord => ({
  ...record,
  sendingSince: null,
  nextAttemptAt: null,
  waitingFor: null,
});

/** What the last attempt came to turns out to be the call's absence. */
export const withCallNotFound = (record: CancellationRecord): CancellationRecord => ({
  ...record,
  attempts: record.attempts.map((attempt, index) =>
    index === record.attempts.length - 1 ? { ...attempt, outcome: 'call_not_found' } : attempt,
  ),
});

/** The record whose last attempt was accepted in vain. */
export const withUnconfirmed = (record: CancellationRecord, message: string): CancellationRecord => ({
  ...record,
  attempts: record.attempts.map((attempt, index) =>
    index === record.attempts.length - 1 ? { ...attempt, outcome: 'not_confirmed', message } : attempt,
  ),
});

/** For how many milliseconds the evidence of an accepted last attempt is still awaited; null where the last one was not. */
export function msUnconfirmed(
  { attempts }: CancellationRecord,
  now: number,
  confirmationTimeoutMs: number,
): number | null {
  const last = attempts.at(-1);
  if (last?.outcome !== 'accepted') return null;
  return Math.max(0, last.startedAt + last.durationMs + confirmationTimeoutMs - now);
}

/**
 * For how many milliseconds another update of the call would come before the document of the last attempt is fetched, and
 * undo it; 0 where that was fetched, or none is to come. SignalWire gives a document 2 s to connect and 5 s to be read
 * (`common-webhook-errors` in https://github.com/signalwire/docs); how long its fetch is awaited covers both by default.
 */
export function msUnfetched(
  { attempts, documentFetchedAt, streamStoppedAt, callEnded }: CancellationRecord,
  now: number,
  confirmationTimeoutMs: number,
): number {
  const last = attempts.at(-1);
  if (last === undefined || last.strategy === 'stream_resource' || last.outcome !== 'accepted') return 0;
  if (documentFetchedAt !== null || streamStoppedAt !== null || callEnded) return 0;
  return Math.max(0, last.startedAt + last.durationMs + confirmationTimeoutMs - now);
}

const FIRST_ANSWER_WAIT_MS = 500;
const LONGEST_ANSWER_WAIT_MS = 2000;

/** How soon a call that has not been answered is looked at again: the longer it rings, the less often. */
export function answerWaitMs({ attempts }: CancellationRecord, now: number): number {
  const ringsForMs = now - (attempts.at(-1)?.startedAt ?? now);
  return Math.min(LONGEST_ANSWER_WAIT_MS, Math.max(FIRST_ANSWER_WAIT_MS, ringsForMs / 4));
}
