import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FromCaller } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { NeedsScope } from '../access/needs-scope.js';
import type { CancellationView } from '../cancellation/view.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiError } from '../platform/http/problems/api-error.js';
import { ApiProblems, BODY_PROBLEMS } from '../problems/api-problems.js';
import { keyedBody } from './accept/idempotency.js';
import { RequestAcceptor } from './accept/request-acceptor.js';
import type { AcceptedStream } from './accept/request-acceptor.js';
import { CancellationViews } from './cancellation-views.js';
import { Cancellation, SeveralCancellations } from './cancellation.js';
import { QUEUED, REQUEST_EXAMPLES, SUCCEEDED } from './examples.js';
import { ID_PARAMETER, IDEMPOTENT_REPLAYED, LOCATION, PREFERENCE_APPLIED } from './parameters.js';
import { FromPrefer, PREFER_HEADER } from './watching/prefer.js';
import { Waiting } from './watching/waiting.js';
import { CreateCancellationDto } from './requests/create-cancellation.dto.js';
import { FromIdempotencyKey, IDEMPOTENCY_KEY_HEADER } from './requests/idempotency-key.js';
import type { IdempotencyKey } from './requests/idempotency-key.js';

const inJson = (cancellation: CancellationView) => ({
  content: {
    'application/json': {
      schema: {
        oneOf: [{ $ref: getSchemaPath(Cancellation) }, { $ref: getSchemaPath(SeveralCancellations) }],
      },
      examples: {
        one: { summary: 'one stream', value: cancellation },
        several: { summary: 'several streams', value: { items: [cancellation] } },
      },
    },
  },
});

const ACCEPTED_HEADERS = { Location: LOCATION, 'Idempotent-Replayed': IDEMPOTENT_REPLAYED };

@ApiTags('cancellations')
@ApiExtraModels(Cancellation, SeveralCancellations)
@Controller('cancellations')
export class CancellationsController {
  constructor(
    private readonly acceptor: RequestAcceptor,
    private readonly views: CancellationViews,
    private readonly waiting: Waiting,
    private readonly environment: ServiceEnvironment,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'createCancellation',
    summary: 'Stops a stream of a call',
    description: 'Asks for one stream of one live call to be stopped, or, with `streamNames`, for several.',
  })
  @NeedsScope('cancel')
  @ApiHeader(IDEMPOTENCY_KEY_HEADER)
  @ApiHeader(PREFER_HEADER)
  @ApiBody({ type: CreateCancellationDto, examples: REQUEST_EXAMPLES })
  @ApiResponse({
    status: 200,
    description: 'with `Prefer: wait=N`: it has finished meanwhile',
    ...inJson(SUCCEEDED),
    headers: { ...ACCEPTED_HEADERS, ...PREFERENCE_APPLIED },
  })
  @ApiResponse({
    status: 202,
    description: 'the cancellation; with `streamNames`, one for each stream',
    ...inJson(QUEUED),
    headers: { ...ACCEPTED_HEADERS, ...PREFERENCE_APPLIED },
  })
  @ApiProblems(
    ...BODY_PROBLEMS,
    'invalid_idempotency_key',
    'no_known_streams',
    'too_many_streams',
    'cancellation_not_found',
    'idempotency_key_reused',
    'queue_unavailable',
    'queue_answer_lost',
  )
  @HttpCode(202)
  async create(
    @Body() request: CreateCancellationDto,
    @FromIdempotencyKey() key: IdempotencyKey | null,
    @FromCaller() caller: Caller | null,
    @FromPrefer() seconds: number | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cancellation | SeveralCancellations> {
    const keyed = keyedBody(key, request);
    const { outcomes, replayed } = await this.acceptor.accept([request], keyed, caller);
    if (replayed) reply.header('idempotent-replayed', 'true');
    const streams = outcomes.flatMap((outcome) => {
      if (outcome instanceof ApiError) throw outcome;
      return outcome;
    });
    const items = await this.finishedItems(streams, seconds, reply);
    const [first] = items;
    if (request.streamNames !== undefined || first === undefined) return { items };
    reply.header('location', `${this.environment.BASE_PATH ?? ''}/cancellations/${first.id}`);
    return first;
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'readCancellation',
    summary: 'Reads a cancellation',
    description: 'The cancellation and all that has happened to it.',
  })
  @NeedsScope('read')
  @ApiHeader(PREFER_HEADER)
  @ApiParam(ID_PARAMETER)
  @ApiResponse({
    status: 200,
    type: Cancellation,
    description: 'the cancellation',
    example: SUCCEEDED,
    headers: PREFERENCE_APPLIED,
  })
  @ApiProblems('cancellation_not_found', 'queue_unavailable')
  async find(
    @Param('id') id: string,
    @FromCaller() caller: Caller | null,
    @FromPrefer() seconds: number | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cancellation> {
    const now = await this.views.find(id, caller);
    if (seconds === null || now.finishedAt !== null) return now;
    if (!(await this.waiting.untilFinished([id], seconds, reply.raw))) return now;
    const then = await this.views.find(id, caller);
    reply.header('preference-applied', `wait=${seconds}`);
    return then;
  }

  /** What was accepted: as it has ended by then, if the client waits for that and it has. */
  private async finishedItems(
    streams: readonly AcceptedStream[],
    seconds: number | null,
    reply: FastifyReply,
  ): Promise<Cancellation[]> {
    const ids = streams.map(({ cancellation }) => cancellation.id);
    const hasWaited = seconds !== null && (await this.waiting.untilFinished(ids, seconds, reply.raw));
    // What was accepted stays so if Redis has gone away meanwhile.
    const items = hasWaited ? await this.views.reread(streams) : null;
    if (items === null) return streams.map((stream) => this.views.ofAccepted(stream));
    reply.header('preference-applied', `wait=${seconds}`);
    if (items.every(({ finishedAt }) => finishedAt !== null)) reply.status(200);
    return items;
  }
}
