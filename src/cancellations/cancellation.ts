import { recordOf } from './cancellations.queue.js';
import type { Attempt, CancellationJob, CancellationRecord } from './cancellations.queue.js';

export type CancellationStatus = 'queued' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'expired';
export type EvidenceLevel = 'none' | 'accepted' | 'document_fetched';

/** A cancellation as internal services see it; times are ISO 8601 in UTC. */
export interface Cancellation {
  readonly id: string;
  readonly project: string;
  readonly callSid: string;
  readonly streamName: string;
  readonly status: CancellationStatus;
  readonly evidence: EvidenceLevel;
  readonly attempts: readonly (Omit<Attempt, 'startedAt'> & { readonly startedAt: string })[];
  readonly createdAt: string;
  readonly deadline: string;
  readonly acceptedAt: string | null;
  readonly documentFetchedAt: string | null;
  readonly streamStoppedAt: string | null;
  readonly finishedAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** @param state the job's state in BullMQ, read no later than the job */
export function toCancellation(job: CancellationJob, state: string): Cancellation {
  const record = recordOf(job);
  const status = statusOf(job, record, state);
  return {
    id: String(job.id),
    project: job.data.project,
    callSid: job.data.callSid,
    streamName: job.data.streamName,
    status,
    evidence: evidenceIn(record),
    attempts: record.attempts.map((attempt) => ({ ...attempt, startedAt: iso(attempt.startedAt) })),
    createdAt: iso(job.data.createdAt),
    deadline: iso(job.data.deadline),
    acceptedAt: isoOrNull(record.acceptedAt),
    documentFetchedAt: isoOrNull(record.documentFetchedAt),
    streamStoppedAt: null,
    finishedAt: isoOrNull(job.finishedOn ?? null),
    nextAttemptAt: status === 'retrying' ? isoOrNull(record.nextAttemptAt) : null,
    failure: status === 'failed' || status === 'expired' ? failureOf(job, record) : null,
  };
}

/** What finished the job stands in the job itself, so that a state read just before it finished does no harm. */
function statusOf(job: CancellationJob, record: CancellationRecord, state: string): CancellationStatus {
  if (job.finishedOn !== undefined) {
    if (job.returnvalue) return 'succeeded';
    return record.givenUp === 'deadline' ? 'expired' : 'failed';
  }
  if (state === 'active') return 'running';
  return record.attempts.length > 0 ? 'retrying' : 'queued';
}

function evidenceIn(record: CancellationRecord): EvidenceLevel {
  if (record.documentFetchedAt !== null) return 'document_fetched';
  return record.acceptedAt === null ? 'none' : 'accepted';
}

function failureOf(job: CancellationJob, record: CancellationRecord): Cancellation['failure'] {
  // BullMQ itself ends a job that was started again and again and never came to an end.
  if (record.givenUp === null) return { code: 'poisoned', message: job.failedReason };
  const last = record.attempts.at(-1);
  return last === undefined ? null : { code: last.outcome, message: last.message ?? last.outcome };
}

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

const isoOrNull = (epochMs: number | null): string | null => (epochMs === null ? null : iso(epochMs));
