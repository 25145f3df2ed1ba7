import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FAILURE_CODES, type FailureCode } from '../cancellation/vocabulary.js';
import { CALLBACK_EVENTS, CALLBACK_OUTCOMES, CALLBACK_STATUSES } from '../cancellation/callback/callback.js';
import type { CallbackEvent, CallbackOutcome } from '../cancellation/callback/callback.js';
import type * as callbacks from '../cancellation/callback/callback-view.js';
import type { Attempt } from '../cancellation/record.js';
import { STRATEGIES } from '../cancellation/vocabulary.js';
import type { AttemptStrategy, Strategy } from '../cancellation/vocabulary.js';
import type { Verb } from '../cxml/verbs.js';
import { THEN_SCHEMA } from './then.schema.js';
import { EVIDENCE_LEVELS, STATUSES } from '../cancellation/view.js';
import type * as view from '../cancellation/view.js';
import { WARNING_CODES } from '../cancellation/warnings.js';
import type * as warnings from '../cancellation/warnings.js';

const TIME = { type: String, format: 'date-time' } as const;
const TEXT_OR_NULL = { type: String, nullable: true } as const;
const TIME_OR_NULL = { ...TIME, nullable: true } as const;

class Warning implements warnings.Warning {
  @ApiProperty({ enum: WARNING_CODES })
  readonly code: warnings.Warning['code'];

  @ApiProperty()
  readonly message: string;
}

/** An attempt as the API shows it. */
export class AttemptView implements view.AttemptView {
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

class FailureView implements view.FailureView {
  @ApiProperty({ enum: FAILURE_CODES })
  readonly code: FailureCode;

  @ApiProperty()
  readonly message: string;
}

class CallbackAttemptView implements callbacks.CallbackAttemptView {
  @ApiProperty(TIME)
  readonly startedAt: string;

  @ApiProperty({ description: 'how long the POST to the receiver took' })
  readonly durationMs: number;

  @ApiProperty({
    enum: CALLBACK_OUTCOMES,
    description:
      '`delivered`: 2xx; `gone`: 410, after which it is not tried again; `rejected`: any other answer; `timeout`, ' +
      '`unreachable`: none; `not_allowed`: nothing was sent, because the service may not call the address',
  })
  readonly outcome: CallbackOutcome;

  @ApiProperty({ type: Number, nullable: true })
  readonly httpStatus: number | null;

  @ApiProperty({ type: String, nullable: true })
  readonly message: string | null;
}

class CallbackView implements callbacks.CallbackView {
  @ApiProperty()
  readonly url: string;

  @ApiProperty({
    enum: CALLBACK_EVENTS,
    nullable: true,
    description: 'null while the cancellation is unfinished',
  })
  readonly event: CallbackEvent | null;

  @ApiProperty({ enum: CALLBACK_STATUSES })
  readonly status: (typeof CALLBACK_STATUSES)[number];

  @ApiProperty({ type: [CallbackAttemptView], description: 'the last 30' })
  readonly attempts: readonly CallbackAttemptView[];

  @ApiProperty({ ...TIME_OR_NULL, description: 'only while `status` is `pending`' })
  readonly nextAttemptAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when it was last delivered' })
  readonly deliveredAt: string | null;
}

/** A cancellation as the API shows it. Times are ISO 8601 in UTC. */
export class Cancellation implements view.CancellationView {
  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty()
  readonly project: string;

  @ApiProperty()
  readonly callSid: string;

  @ApiProperty({ type: String, nullable: true, description: 'null if the request named only a SID' })
  readonly streamName: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: "the stream's SID, from the request or from a status callback; null while it is unknown",
  })
  readonly streamSid: string | null;

  @ApiProperty({
    enum: STRATEGIES,
    description: 'as requested; each attempt says which one it used',
  })
  readonly strategy: Strategy;

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

  @ApiProperty({
    ...TIME_OR_NULL,
    description:
      "when SignalWire's response to a stop by SID said that the stream is stopped, or that there is no such stream, after " +
      'an earlier attempt may have stopped it; it counts like a fetched document, although `evidence` stays `accepted`',
  })
  readonly saidStoppedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when a stream status callback said so' })
  readonly streamStoppedAt: string | null;

  @ApiProperty(TIME_OR_NULL)
  readonly finishedAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'only while `status` is `retrying`' })
  readonly nextAttemptAt: string | null;

  @ApiProperty({ type: FailureView, nullable: true })
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
    type: String,
    nullable: true,
    description: 'the name of the API key that asked for it; null if the service had no keys',
    example: 'billing',
  })
  readonly requestedBy: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: '`X-Request-Id` of that request', example: 'job-17' })
  readonly requestId: string | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'the trace of its `traceparent`, if that was valid' })
  readonly traceId: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'the cancellation that this one repeats',
  })
  readonly retryOf: string | null;

  @ApiProperty({
    ...THEN_SCHEMA,
    description: 'what the call does after the stop: as requested, or the default',
  })
  readonly then: readonly Verb[];

  @ApiProperty({ type: String, nullable: true, description: 'the template that the request named' })
  readonly template: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: "the document's address that the request named, with its placeholders",
  })
  readonly documentUrl: string | null;

  @ApiProperty({ description: 'milliseconds from `createdAt` to `deadline`' })
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
