import { ApiProperty } from '@nestjs/swagger';
import {
  CALLBACK_EVENTS,
  CALLBACK_OUTCOMES,
  CALLBACK_STATUSES,
} from '../../cancellation/callback/callback.js';
import type { CallbackEvent, CallbackOutcome } from '../../cancellation/callback/callback.js';
import type * as views from '../../cancellation/callback/callback-view.js';
import { STATUS_OR_NULL, TEXT_OR_NULL, TIME, TIME_OR_NULL } from './fields.schema.js';

/** An attempt to deliver a callback as the API shows it. */
class CallbackAttemptView implements views.CallbackAttemptView {
  @ApiProperty({ ...TIME, description: 'when the POST to the receiver began' })
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

  @ApiProperty({ ...STATUS_OR_NULL, description: 'that the receiver answered; null if it did not' })
  readonly httpStatus: number | null;

  @ApiProperty({ ...TEXT_OR_NULL, description: 'what went wrong' })
  readonly message: string | null;
}

/** A callback as the API shows it. */
export class CallbackView implements views.CallbackView {
  @ApiProperty({ description: 'where it goes' })
  readonly url: string;

  @ApiProperty({
    enum: CALLBACK_EVENTS,
    nullable: true,
    description: 'null while the cancellation is unfinished',
  })
  readonly event: CallbackEvent | null;

  @ApiProperty({ enum: CALLBACK_STATUSES, description: '`failed`: it is not tried any more' })
  readonly status: (typeof CALLBACK_STATUSES)[number];

  @ApiProperty({ type: [CallbackAttemptView], description: 'the last 30' })
  readonly attempts: readonly CallbackAttemptView[];

  @ApiProperty({ ...TIME_OR_NULL, description: 'only while `status` is `pending`' })
  readonly nextAttemptAt: string | null;

  @ApiProperty({ ...TIME_OR_NULL, description: 'when it was last delivered' })
  readonly deliveredAt: string | null;
}
