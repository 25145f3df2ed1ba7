import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Attempt } from '../cancellation/record.js';
import { FAILURE_CODES, STRATEGIES, WAITING_FOR } from '../cancellation/vocabulary.js';
import type { AttemptStrategy, FailureCode, Strategy, WaitingFor } from '../cancellation/vocabulary.js';
import type { Verb } from '../cxml/verbs.js';
import { CallbackView } from './schemas/callback.js';
import { STATUS_OR_NULL, TEXT_OR_NULL, TIME, TIME_OR_NULL } from './schemas/fields.schema.js';
import { THEN_SCHEMA } from './schemas/then.schema.js';
import { EVIDENCE_LEVELS, STATUSES } from '../cancellation/view.js';
import type * as view from '../cancellation/view.js';
import { WARNING_CODES } from '../cancellation/warnings.js';
import type * as warnings from '../cancellation/warnings.js';

export class Warning implements warnings.Warning {
  @ApiProperty({ enum: WARNING_CODES, description: 'for programs' })
  readonly code: warnings.Warning['code'];

  @ApiProperty({ description: 'what it means, in words' })
  readonly message: string;
}

/** An attempt as the API shows it. */
export class AttemptView implements view.AttemptView {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'which attempt it is' })
  readonly number: number;

  @ApiProperty({
    enum: ['update_call', 'stream_resource'],
    description: 'whether it was sent to Update a Call or to the Streams resource',
  })
  readonly strategy: AttemptStrategy;

  @ApiProperty({ ...TIME, description: 'when the POST to SignalWire began' })
  readonly startedAt: string;

  @ApiProperty({ description: 'how long the POST to SignalWire took' })
  readonly durationMs: number;

  @ApiProperty({ enum: ['accepted', ...FAILURE_CODES], description: 'what came of it; `accepted` is a 2xx' })
  readonly outcome: Attempt['outcome'];

  @ApiProperty({ ...STATUS_OR_NULL, description: 'that SignalWire answered; null if it did not' })
  readonly httpStatus: number | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: "SignalWire's own code, such as 21220" })
  readonly providerCode: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: "SignalWire's words, or what went wrong" })
  readonly message: string | null;
}

class FailureView implements view.FailureView {
  @ApiProperty({
    enum: FAILURE_CODES,
    nullable: true,
    description: 'null where nothing was sent until the deadline and no code says why; `message` does',
  })
  readonly code: FailureCode | null;

  @ApiProperty({ description: 'why it failed, in words' })
  readonly message: string;
}

/** A cancellation as the API shows it. Times are ISO 8601 in UTC. */
export class Cancellation implements view.CancellationView {
  @ApiProperty({ format: 'uuid', description: 'of the cancellation' })
  readonly id: string;

  @ApiProperty({ description: 'the SignalWire project of the call' })
  readonly project: string;

  @ApiProperty({ description: 'the call that started the stream' })
  readonly callSid: string;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'null if the request named only a SID' })
  readonly streamName: string | null;

  @ApiProperty({
    ...TEXT_OR_NULL,
    description: "the stream's SID, from the request or from a status callback; null while it is unknown",
  })
  readonly streamSid: string | null;

  @ApiProperty({ enum: STRATEGIES, description: 'as requested; each attempt says which one it used' })
  readonly strategy: Strategy;

  @ApiProperty({
    enum: STATUSES,
    description:
      '`queued`: waits for a worker; `running`: an attempt is under way, or evidence is awaited; `retrying`: the last attempt failed; ' +
      '`succeeded`: the required evidence is there, or the call has ended; `failed`: given up, see `failure`; `expired`: the deadline has passed; ' +
      '`withdrawn`: taken back before it was sent',
  })
  readonly status: (typeof STATUSES)[number];

  @ApiProperty({ enum: EVIDENCE_LEVELS, description: 'the strongest proof so far that the stream stops' })
  readonly evidence: (typeof EVIDENCE_LEVELS)[number];

  @ApiProperty({ type: [AttemptView], description: 'what was sent to SignalWire, in order' })
  readonly attempts: readonly AttemptView[];

  @ApiProperty({ ...TIME, description: 'when it was accepted' })
  readonly createdAt: string;

  @ApiProperty({ ...TIME, description: 'no attempt starts after it' })
  readonly deadline: string;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when SignalWire first answered 2xx' })
  readonly acceptedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when SignalWire fetched the stop document' })
  readonly documentFetchedAt: string | null;

  @ApiProperty({
    ...TIME_OR_NULL,
    description:
      "when SignalWire's response to a stop by SID said that the stream is stopped, or that there is no such stream, after " +
      'an earlier attempt may have stopped it; it counts like a fetched document, although `evidence` stays `accepted`',
  })
  readonly saidStoppedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when a stream status callback said so' })
  readonly streamStoppedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'null while it is unfinished' })
  readonly finishedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'only while `status` is `retrying`' })
  readonly nextAttemptAt: string | null;

  @ApiProperty({
    enum: WAITING_FOR,
    nullable: true,
    description:
      'only while `status` is `queued` or `retrying`, as a worker last saw it. `backoff`: the wait after an attempt or a fault of the ' +
      'service; `call`: another update of its call; `report`: the outcome of an attempt that another cancellation sends for it; `answer`: ' +
      'a call that is not answered, or not known, yet; `rate`: the requests per second of its project; `delivery`: a fetch that shows that ' +
      'SignalWire reaches the documents; `paused`: the end of a pause; `throttled`, `unauthorized`, `unavailable`, `undelivered`: the state ' +
      'of its project; `configuration`: its project is not configured; null: a worker, or another update of its call',
  })
  readonly waitingFor: WaitingFor | null;

  @ApiProperty({ type: FailureView, nullable: true, description: 'if it `failed` or `expired`' })
  readonly failure: FailureView | null;

  @ApiProperty({
    type: [Warning],
    description:
      '`call_ends`: the document of this cancellation runs out of verbs, which ends the call; `fallback_ends_call`: so does ' +
      'the document to which SignalWire falls back if the one elsewhere cannot be fetched; `fallback_ended_call`: SignalWire ' +
      'fetched the fallback, which lets the call end; `stream_unknown`: signed callbacks had ' +
      'reported running streams of the call, and none had this name; `call_ended_after_update`: SignalWire ' +
      'accepted the update, and the call ended before its document was fetched',
  })
  readonly warnings: readonly Warning[];

  @ApiProperty({
    ...TEXT_OR_NULL,
    description: 'the name of the API key that asked for it; null if the service had no keys',
    example: 'billing',
  })
  readonly requestedBy: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: '`X-Request-Id` of that request', example: 'job-17' })
  readonly requestId: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'the trace of its `traceparent`, if that was valid' })
  readonly traceId: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, format: 'uuid', description: 'the cancellation that this one repeats' })
  readonly retryOf: string | null;

  @ApiProperty({
    ...THEN_SCHEMA,
    description: 'what the call does after the stop: as requested, or the default',
  })
  readonly then: readonly Verb[];

  @ApiProperty({ ...TEXT_OR_NULL, description: 'the template that the request named' })
  readonly template: string | null;

  @ApiProperty({
    ...TEXT_OR_NULL,
    description: "the document's address that the request named, with its placeholders",
  })
  readonly documentUrl: string | null;

  @ApiProperty({ type: 'integer', description: 'milliseconds from `createdAt` to `deadline`' })
  readonly deadlineMs: number;

  @ApiProperty({
    type: [CallbackView],
    description: 'how its end is reported to its `callbackUrl`: none, or one',
  })
  readonly callbacks: readonly CallbackView[];

  @ApiPropertyOptional({
    enum: [true],
    description: 'the stream already had an unfinished cancellation, which is this one',
  })
  readonly duplicate?: true;
}

/** The response to a request for several streams. */
export class SeveralCancellations {
  @ApiProperty({ type: [Cancellation], description: 'one per stream, in the order of the request' })
  readonly items: readonly Cancellation[];
}
