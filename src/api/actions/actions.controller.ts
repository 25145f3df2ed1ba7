import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { validate as isUuid } from 'uuid';
import { FromCaller } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { NeedsScope } from '../../access/needs-scope.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { Problem } from '../../platform/http/problem.js';
import { audited } from '../../platform/logging/audit.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { CancellationNotFoundError } from '../accept/errors.js';
import { CancellationViews } from '../cancellation-views.js';
import { Cancellation } from '../cancellation.js';
import { BulkRequest, BulkResult } from './bulk.dto.js';
import { BulkActions } from './bulk-actions.js';
import { CallbackRetrying } from './callback-retrying.js';
import { Retrying } from './retrying.js';
import { Withdrawing } from './withdrawing.js';

/** Acts on cancellations that were accepted before. */
@ApiTags('cancellations')
@ApiExtraModels(BulkRequest, BulkResult)
@ApiResponse({
  status: 503,
  type: Problem,
  description: '`queue_unavailable` or `queue_answer_lost`: ask again',
})
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

  /** Takes a cancellation back, unless it is being sent or has ended. */
  @Delete(':id')
  @ApiOperation({ summary: 'Withdraws a cancellation' })
  @NeedsScope('cancel')
  @ApiResponse({ status: 200, type: Cancellation })
  @ApiResponse({ status: 404, type: Problem, description: '`cancellation_not_found`' })
  @ApiResponse({ status: 409, type: Problem, description: '`attempt_under_way` or `already_finished`' })
  async withdraw(@Param('id') id: string, @FromCaller() caller: Caller | null): Promise<Cancellation> {
    demandUuid(id);
    await this.audited('withdraw', id, caller, () => this.withdrawing.withdraw(id, caller), aboutOne);
    return this.views.find(id, caller);
  }

  /** Asks again, under a new id and with a new deadline, for what a failed, expired or withdrawn cancellation asked for. */
  @Post(':id/retry')
  @ApiOperation({ summary: 'Retries a cancellation' })
  @NeedsScope('cancel')
  @HttpCode(202)
  @ApiResponse({
    status: 202,
    type: Cancellation,
    description: 'the new cancellation; `retryOf` is the old one',
  })
  @ApiResponse({ status: 404, type: Problem, description: '`cancellation_not_found`' })
  @ApiResponse({
    status: 409,
    type: Problem,
    description: '`not_retryable`: it is unfinished, or has succeeded',
  })
  async retry(
    @Param('id') id: string,
    @FromCaller() caller: Caller | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cancellation> {
    demandUuid(id);
    const accepted = await this.audited(
      'retry',
      id,
      caller,
      () => this.retrying.retry(id, caller),
      ({ cancellation }) => ({ ...aboutOne(cancellation), retry: cancellation.id }),
    );
    reply.header('location', `${this.environment.BASE_PATH ?? ''}/cancellations/${accepted.cancellation.id}`);
    return this.views.ofAccepted(accepted);
  }

  /** Delivers the callback again, or now if it waits for its next attempt. */
  @Post(':id/callbacks/retry')
  @ApiOperation({ summary: 'Delivers a callback again' })
  @NeedsScope('cancel')
  @HttpCode(202)
  @ApiResponse({ status: 202, type: Cancellation })
  @ApiResponse({ status: 404, type: Problem, description: '`cancellation_not_found`' })
  @ApiResponse({
    status: 409,
    type: Problem,
    description: '`no_callback`: it has none; `not_finished`: there is nothing to report yet',
  })
  async retryCallback(@Param('id') id: string, @FromCaller() caller: Caller | null): Promise<Cancellation> {
    demandUuid(id);
    await this.audited('callback retry', id, caller, () => this.callbacks.retry(id, caller), aboutOne);
    return this.views.find(id, caller);
  }

  /** Retries the failed, expired and withdrawn cancellations that match and were not retried before, at most 1,000 at once. */
  @Post('retry')
  @ApiOperation({ summary: 'Retries everything that matches' })
  @NeedsScope('cancel')
  @HttpCode(200)
  @ApiResponse({ status: 200, type: BulkResult })
  @ApiResponse({
    status: 400,
    type: Problem,
    description: 'the body is wrong, or names no filter without `"all": true`',
  })
  retryAll(@Body() request: BulkRequest, @FromCaller() caller: Caller | null): Promise<Partial<BulkResult>> {
    return this.bulk.retry(request, caller);
  }

  /** Withdraws the unfinished cancellations that match and are not being sent, at most 1,000 at once. */
  @Post('withdraw')
  @ApiOperation({ summary: 'Withdraws everything that matches' })
  @NeedsScope('cancel')
  @HttpCode(200)
  @ApiResponse({ status: 200, type: BulkResult })
  @ApiResponse({
    status: 400,
    type: Problem,
    description: 'the body is wrong, or names no filter without `"all": true`',
  })
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
    return audited({ name, by, cancellationId }, () => answeredInTime(this.connection, act), outcomeOf);
  }
}

const aboutOne = ({ data: { callSid, project } }: StoredCancellation) => ({ callSid, project });

/** @throws {CancellationNotFoundError} no cancellation has such an id */
function demandUuid(id: string): void {
  if (!isUuid(id)) throw new CancellationNotFoundError(id);
}
