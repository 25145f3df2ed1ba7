import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { validate as isUuid } from 'uuid';
import { FromCaller } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { NeedsScope } from '../../access/needs-scope.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { audited } from '../../platform/logging/audit.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { cancellationNotFound } from '../accept/errors.js';
import { CancellationViews } from '../cancellation-views.js';
import { Cancellation } from '../cancellation.js';
import { ApiProblems, BODY_PROBLEMS } from '../../problems/api-problems.js';
import { BULK_EXAMPLES, QUEUED, SUCCEEDED, WITHDRAWN } from '../examples.js';
import { ID_PARAMETER, LOCATION } from '../parameters.js';
import { BulkRequest, BulkResult } from './bulk.dto.js';
import { BulkActions } from './bulk-actions.js';
import { CallbackRetrying } from './callback-retrying.js';
import { actionAnswerLost, unreadable } from './errors.js';
import { Retrying } from './retrying.js';
import { Withdrawing } from './withdrawing.js';

const BULK_RESPONSE = {
  status: 200,
  type: BulkResult,
  description: 'how many matched, and what was done; with `dryRun`, only `matched`',
  example: { matched: 1200, done: 998, skipped: 2, remaining: 200 },
} as const;

const ACTION_PROBLEMS = [...BODY_PROBLEMS, 'queue_unavailable', 'queue_answer_lost'] as const;

@ApiTags('cancellations')
@Controller('cancellations')
export class ActionsController {
  constructor(
    private readonly connection: ApiConnection,
    private readonly withdrawing: Withdrawing,
    private readonly retrying: Retrying,
    private readonly callbacks: CallbackRetrying,
    private readonly bulk: BulkActions,
    private readonly views: CancellationViews,
    private readonly environment: ServiceEnvironment,
  ) {}

  @Delete(':id')
  @ApiOperation({
    operationId: 'withdrawCancellation',
    summary: 'Withdraws a cancellation',
    description: 'Takes a cancellation back, unless it is being sent or has ended.',
  })
  @NeedsScope('cancel')
  @ApiParam(ID_PARAMETER)
  @ApiResponse({
    status: 200,
    type: Cancellation,
    description: 'the withdrawn cancellation',
    example: WITHDRAWN,
  })
  @ApiProblems(...ACTION_PROBLEMS, 'cancellation_not_found', 'attempt_under_way', 'already_finished')
  async withdraw(@Param('id') id: string, @FromCaller() caller: Caller | null): Promise<Cancellation> {
    demandUuid(id);
    await this.audited('withdraw', id, caller, () => this.withdrawing.withdraw(id, caller), aboutOne);
    return this.views.find(id, caller).catch(unreadable);
  }

  @Post(':id/retry')
  @ApiOperation({
    operationId: 'retryCancellation',
    summary: 'Retries a cancellation',
    description:
      'Asks again, under a new id and with a new deadline, for what a failed, expired or withdrawn cancellation asked for.',
  })
  @NeedsScope('cancel')
  @HttpCode(202)
  @ApiResponse({
    status: 202,
    type: Cancellation,
    description: 'the new cancellation; `retryOf` is the old one',
    example: { ...QUEUED, retryOf: '01a227ee-0000-7000-8000-7cd81bad9fee' },
    headers: { Location: LOCATION },
  })
  @ApiParam(ID_PARAMETER)
  @ApiProblems(...ACTION_PROBLEMS, 'cancellation_not_found', 'not_retryable', 'already_wanted')
  async retry(
    @Param('id') id: string,
    @FromCaller() caller: Caller | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cancellation> {
    demandUuid(id);
    const cancellation = await this.audited(
      'retry',
      id,
      caller,
      () => this.retrying.retry(id, caller),
      (cancellation) => ({ ...aboutOne(cancellation), retry: cancellation.id }),
    );
    reply.header('location', `${this.environment.BASE_PATH ?? ''}/cancellations/${cancellation.id}`);
    return this.views.ofAccepted({ cancellation, isDuplicate: false });
  }

  @Post(':id/callbacks/retry')
  @ApiOperation({
    operationId: 'retryCallback',
    summary: 'Delivers a callback again',
    description: 'Delivers the callback again, or now if it waits for its next attempt.',
  })
  @NeedsScope('cancel')
  @HttpCode(202)
  @ApiParam(ID_PARAMETER)
  @ApiResponse({
    status: 202,
    type: Cancellation,
    description: 'the cancellation; its callback is `pending`',
    example: SUCCEEDED,
  })
  @ApiProblems(...ACTION_PROBLEMS, 'cancellation_not_found', 'no_callback', 'not_finished')
  async retryCallback(@Param('id') id: string, @FromCaller() caller: Caller | null): Promise<Cancellation> {
    demandUuid(id);
    await this.audited('callback retry', id, caller, () => this.callbacks.retry(id, caller), aboutOne);
    return this.views.find(id, caller).catch(unreadable);
  }

  @Post('retry')
  @ApiOperation({
    operationId: 'retryMatching',
    summary: 'Retries everything that matches',
    description:
      'Retries the failed, expired and withdrawn cancellations that match and were not retried before, at most 1,000 at once.',
  })
  @NeedsScope('cancel')
  @HttpCode(200)
  @ApiBody({ type: BulkRequest, examples: BULK_EXAMPLES })
  @ApiResponse(BULK_RESPONSE)
  @ApiProblems(...ACTION_PROBLEMS)
  retryAll(@Body() request: BulkRequest, @FromCaller() caller: Caller | null): Promise<Partial<BulkResult>> {
    return this.bulk.retry(request, caller);
  }

  @Post('withdraw')
  @ApiOperation({
    operationId: 'withdrawMatching',
    summary: 'Withdraws everything that matches',
    description:
      'Withdraws the unfinished cancellations that match and are not being sent, at most 1,000 at once.',
  })
  @NeedsScope('cancel')
  @HttpCode(200)
  @ApiBody({ type: BulkRequest, examples: BULK_EXAMPLES })
  @ApiResponse(BULK_RESPONSE)
  @ApiProblems(...ACTION_PROBLEMS)
  withdrawAll(
    @Body() request: BulkRequest,
    @FromCaller() caller: Caller | null,
  ): Promise<Partial<BulkResult>> {
    return this.bulk.withdraw(request, caller);
  }

  private audited<T>(
    name: string,
    cancellationId: string,
    caller: Caller | null,
    act: () => Promise<T>,
    outcomeOf: (done: T) => object,
  ): Promise<T> {
    const by = caller?.name ?? null;
    return audited(
      { name, by, cancellationId },
      () => answeredInTime(this.connection, act, actionAnswerLost),
      outcomeOf,
    );
  }
}

const aboutOne = ({ data: { callSid, project } }: StoredCancellation) => ({ callSid, project });

/** @throws {ApiError} `cancellation_not_found`: no cancellation has such an id */
function demandUuid(id: string): void {
  if (!isUuid(id)) throw cancellationNotFound(id);
}
