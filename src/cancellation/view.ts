import type { AttemptView, Cancellation } from '../api/cancellation.js';
import { closedRecordOf, recordOf } from './record.js';
import type { Attempt, CancellationRecord, WaitingFor } from './record.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import type { CancellationData } from './data.js';
import { saidStoppedAtOf } from './record-updates.js';
import type { Warning } from './warnings.js';

/** @param state the job's state in BullMQ, read no later than the job */
export function toCancellation(
  job: CancellationJob,
  state: string,
  warnings: readonly Warning[],
): Cancellation {
  const record = state === 'active' ? recordOf(job) : closedRecordOf(job);
  const status = statusOf(job, record, state);
  return {
    id: String(job.id),
    project: job.data.project,
    callSid: job.data.callSid,
    streamName: job.data.streamName,
    streamSid: job.data.streamSid ?? record.streamSid ?? null,
    strategy: job.data.strategy ?? 'auto',
    status,
    evidence: evidenceIn(record),
    attempts: record.attempts.map((attempt) => viewOf(attempt)),
    createdAt: iso(job.data.createdAt),
    deadline: iso(job.data.deadline),
    acceptedAt: isoOrNull(record.acceptedAt),
    documentFetchedAt: isoOrNull(record.documentFetchedAt),
    saidStoppedAt: isoOrNull(saidStoppedAtOf(record)),
    streamStoppedAt: isoOrNull(record.streamStoppedAt),
    finishedAt: isoOrNull(job.finishedOn ?? null),
    nextAttemptAt: status === 'retrying' ? isoOrNull(record.nextAttemptAt) : null,
    failure: status === 'failed' || status === 'expired' ? failureOf(job, record) : null,
    warnings,
    ...askedSource(job.data),
  };
}

/** Where the document comes from, if the request said so. */
const askedSource = ({
  template,
  documentUrl,
}: CancellationData): Pick<Cancellation, 'template' | 'documentUrl'> => ({
  ...(template && { template }),
  ...(documentUrl && { documentUrl }),
});

const viewOf = (attempt: Attempt): AttemptView => ({
  number: attempt.number,
  strategy: attempt.strategy ?? 'update_call',
  startedAt: iso(attempt.startedAt),
  durationMs: attempt.durationMs,
  outcome: attempt.outcome,
  httpStatus: attempt.httpStatus,
  providerCode: attempt.providerCode,
  message: attempt.message,
});

/** What finished the job stands in the job itself, so that a state read just before it finished does no harm. */
function statusOf(job: CancellationJob, record: CancellationRecord, state: string): Cancellation['status'] {
  if (job.finishedOn !== undefined) {
    if (job.returnvalue) return 'succeeded';
    return record.givenUp === 'deadline' ? 'expired' : 'failed';
  }
  if (state === 'active') return 'running';
  return record.attempts.length > 0 ? 'retrying' : 'queued';
}

function evidenceIn(record: CancellationRecord): Cancellation['evidence'] {
  if (record.streamStoppedAt !== null) return 'stream_stopped';
  if (record.documentFetchedAt !== null) return 'document_fetched';
  if (record.callEnded) return 'call_ended';
  return record.acceptedAt === null && saidStoppedAtOf(record) === null ? 'none' : 'accepted';
}

function failureOf(job: CancellationJob, record: CancellationRecord): Cancellation['failure'] {
  const last = record.attempts.at(-1);
  // Without a reason of ours, BullMQ itself ended a job that was started again and again and never came to an end.
  if (record.givenUp === null) return { code: 'poisoned', message: job.failedReason };
  if (last === undefined) return UNSENT[record.waitingFor ?? 'backoff'] ?? null;
  // A fault of our own kept us from learning what became of an accepted update.
  if (last.outcome === 'accepted') return { code: 'not_confirmed', message: 'evidence could not be read' };
  return { code: last.outcome, message: last.message ?? last.outcome };
}

/** Why a cancellation was never sent, where that was not for want of a worker. */
const UNSENT: Partial<Record<WaitingFor, Cancellation['failure']>> = {
  throttled: { code: 'rate_limited', message: "the project's requests were throttled until the deadline" },
  rate: { code: 'rate_limited', message: "the project's requests a second were used up until the deadline" },
  unauthorized: {
    code: 'unauthorized',
    message: "the project's credentials were refused until the deadline",
  },
  unavailable: { code: 'provider_error', message: 'SignalWire was out of order until the deadline' },
  configuration: { code: 'unauthorized', message: 'the project is no longer configured' },
};

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

const isoOrNull = (epochMs: number | null): string | null => (epochMs === null ? null : iso(epochMs));
