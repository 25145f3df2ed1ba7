import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FAILURE_CODES } from '../signalwire/signalwire.errors.js';
import { closedRecordOf, recordOf } from './cancellations.queue.js';
import type {
  Attempt,
  CancellationData,
  CancellationJob,
  CancellationRecord,
  WaitingFor,
} from './cancellations.queue.js';
import { STRATEGIES } from './strategy.js';
import type { AttemptStrategy, Strategy } from './strategy.js';
import { Warning } from './warnings.js';

export const STATUSES = ['queued', 'running', 'retrying', 'succeeded', 'failed', 'expired'] as const;
export const EVIDENCE_LEVELS = [
  'none',
  'accepted',
  'document_fetched',
  'stream_stopped',
  'call_ended',
] as const;

const TIME = { type: String, format: 'date-time' } as const;
const TIME_OR_NULL = { ...TIME, nullable: true } as const;

/** An attempt as internal services see it. */
class AttemptView {
  @ApiProperty({ minimum: 1 })
  readonly number: number;

  @ApiProperty({
    enum: ['update_call', 'stream_resource'],
    description: 'whether it was sent to Update a Call or to the Streams resource',
  })
  readonly strategy: AttemptStrategy;

  @ApiProperty(TIME)
  readonly startedAt: string;

  @ApiProperty({ description: 'how long the POST to SignalWire took' })
  readonly durationMs: number;

  @ApiProperty({ enum: ['accepted', ...FAILURE_CODES] })
  readonly outcome: Attempt['outcome'];

  @ApiProperty({ type: Number, nullable: true })
  readonly httpStatus: number | null;

  @ApiProperty({ type: String, nullable: true, description: "SignalWire's own code, such as 21220" })
  readonly providerCode: string | null;

  @ApiProperty({ type: String, nullable: true })
  readonly message: string | null;
}

class FailureView {
  @ApiProperty({ enum: FAILURE_CODES })
  readonly code: string;

  @ApiProperty()
  readonly message: string;
}

/** A cancellation as internal services see it; times are ISO 8601 in UTC. */
export class Cancellation {
  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty()
  readonly project: string;

  @ApiProperty()
  readonly callSid: string;

  @ApiProperty({ type: String, nullable: true, description: 'null where the request named a SID alone' })
  readonly streamName: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      "the stream's SID, as the request gave it or a status callback told it; null while it is not known",
  })
  readonly streamSid: string | null;

  @ApiProperty({
    enum: STRATEGIES,
    description: 'as the request had it; which one was used, each attempt says',
  })
  readonly strategy: Strategy;

  @ApiPropertyOptional({ description: 'the template that the request named' })
  readonly template?: string;

  @ApiPropertyOptional({ description: "the document's address that the request named, not filled in" })
  readonly documentUrl?: string;

  @ApiProperty({ enum: STATUSES })
  readonly status: (typeof STATUSES)[number];

  @ApiProperty({ enum: EVIDENCE_LEVELS, description: 'the strongest proof so far that the stream stops' })
  readonly evidence: (typeof EVIDENCE_LEVELS)[number];

  @ApiProperty({ type: [AttemptView] })
  readonly attempts: readonly AttemptView[];

  @ApiProperty(TIME)
  readonly createdAt: string;

  @ApiProperty({ ...TIME, description: 'no attempt starts after it' })
  readonly deadline: string;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when SignalWire first answered 2xx' })
  readonly acceptedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when SignalWire fetched the stop document' })
  readonly documentFetchedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when a stream status callback said so' })
  readonly streamStoppedAt: string | null;

  @ApiProperty(TIME_OR_NULL)
  readonly finishedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'while its status is retrying' })
  readonly nextAttemptAt: string | null;

  @ApiProperty({ type: FailureView, nullable: true })
  readonly failure: FailureView | null;

  @ApiProperty({
    type: [Warning],
    description:
      '`call_ends`: the document of this cancellation runs out of verbs, which ends the call; `fallback_ends_call`: the ' +
      'one does to which SignalWire falls back where the document elsewhere cannot be had',
  })
  readonly warnings: readonly Warning[];

  @ApiPropertyOptional({ enum: [true], description: 'the request asked for what was under way already' })
  readonly duplicate?: true;
}

/** What a request for several streams is answered with. */
export class SeveralCancellations {
  @ApiProperty({ type: [Cancellation], description: 'one a stream, in the order of the request' })
  readonly items: readonly Cancellation[];
}

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
    ...askedSource(job.data),
    status,
    evidence: evidenceIn(record),
    attempts: record.attempts.map((attempt) => viewOf(attempt)),
    createdAt: iso(job.data.createdAt),
    deadline: iso(job.data.deadline),
    acceptedAt: isoOrNull(record.acceptedAt),
    documentFetchedAt: isoOrNull(record.documentFetchedAt),
    streamStoppedAt: isoOrNull(record.streamStoppedAt),
    finishedAt: isoOrNull(job.finishedOn ?? null),
    nextAttemptAt: status === 'retrying' ? isoOrNull(record.nextAttemptAt) : null,
    failure: status === 'failed' || status === 'expired' ? failureOf(job, record) : null,
    warnings,
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

const viewOf = ({ number, strategy = 'update_call', ...rest }: Attempt): AttemptView => ({
  number,
  strategy,
  ...rest,
  startedAt: iso(rest.startedAt),
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
  return record.acceptedAt === null ? 'none' : 'accepted';
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
