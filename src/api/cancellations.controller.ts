import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { FromCaller } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { NeedsScope } from '../access/needs-scope.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiError } from '../platform/http/api-error.js';
import { Problem } from '../platform/http/problem.js';
import { keyedBody } from './accept/idempotency.js';
import { RequestAcceptor } from './accept/request-acceptor.js';
import type { AcceptedStream } from './accept/request-acceptor.js';
import { CancellationViews } from './cancellation-views.js';
import { Cancellation, SeveralCancellations } from './cancellation.js';
import { FromPrefer, PREFER_HEADER } from './watching/prefer.js';
import { Waiting } from './watching/waiting.js';
import { CreateCancellationDto } from './requests/create-cancellation.dto.js';
import { FromIdempotencyKey, IDEMPOTENCY_KEY_HEADER } from './requests/idempotency-key.js';
import type { IdempotencyKey } from './requests/idempotency-key.js';

const HEADER = { schema: { type: 'string' } } as const;

@ApiTags('cancellations')
@ApiExtraModels(Cancellation, SeveralCancellations)
@ApiResponse({
  status: 503,
  type: Problem,
  description:
    '`queue_unavailable`: Redis is out of reach, and nothing was queued; `queue_answer_lost`: Redis did not answer in ' +
    'time, so the cancellation may have been queued. Ask again: the same stream, or the same `Idempotency-Key`, ' +
    'returns the same cancellation',
})
@Controller('cancellations')
export class CancellationsController {
  constructor(
    private readonly acceptor: RequestAcceptor,
    private readonly views: CancellationViews,
    private readonly waiting: Waiting,
    private readonly environment: ServiceEnvironment,
  ) {}

  /** Asks for one stream of one live call to be stopped, or, with `streamNames`, for several. */
  @Post()
  @ApiOperation({ summary: 'Stops a stream of a call' })
  @NeedsScope('cancel')
  @ApiHeader(IDEMPOTENCY_KEY_HEADER)
  @ApiHeader(PREFER_HEADER)
  @ApiResponse({
    status: 202,
    description: 'the cancellation; with `streamNames`, one for each stream',
    schema: {
      oneOf: [{ $ref: getSchemaPath(Cancellation) }, { $ref: getSchemaPath(SeveralCancellations) }],
    },
    headers: {
      Location: { ...HEADER, description: 'of the one cancellation' },
      'Idempotent-Replayed': { ...HEADER, description: '`true` if the `Idempotency-Key` was known' },
    },
  })
  @ApiResponse({
    status: 400,
    type: Problem,
    description: 'the body is wrong, and `errors` names each field; or `invalid_idempotency_key`',
  })
  @ApiResponse({
    status: 409,
    type: Problem,
    description:
      'for `"streamNames": "all"`: `no_known_streams`, if no status callback has reported a running stream; ' +
      '`too_many_streams`, if more than 20 are running',
  })
  @ApiResponse({ status: 413, type: Problem, description: 'the body is longer than 65536 bytes' })
  @ApiResponse({ status: 415, type: Problem, description: 'the body is not JSON' })
  @ApiResponse({
    status: 422,
    type: Problem,
    description: '`idempotency_key_reused`: the key was used with another body',
  })
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

  /** The cancellation and all that has happened to it. */
  @Get(':id')
  @ApiOperation({ summary: 'Reads a cancellation' })
  @NeedsScope('read')
  @ApiHeader(PREFER_HEADER)
  @ApiResponse({ status: 200, type: Cancellation })
  @ApiResponse({
    status: 404,
    type: Problem,
    description: '`cancellation_not_found`, also for one of a project that the API key may not know',
  })
  async find(
    @Param('id') id: string,
    @FromCaller() caller: Caller | null,
    @FromPrefer() seconds: number | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cancellation> {
    const now = await this.views.find(id, caller);
    if (now.finishedAt !== null || !(await this.waiting.untilFinished([id], seconds, reply))) return now;
    return this.views.find(id, caller);
  }

  /** What was accepted: as it has ended by then, if the client waits for that and it has. */
  private async finishedItems(
    streams: readonly AcceptedStream[],
    seconds: number | null,
    reply: FastifyReply,
  ): Promise<Cancellation[]> {
    const ids = streams.map(({ cancellation }) => cancellation.id);
    if (!(await this.waiting.untilFinished(ids, seconds, reply)))
      return streams.map((stream) => this.views.ofAccepted(stream));
    const items = await this.views.reread(streams);
    if (items.every(({ finishedAt }) => finishedAt !== null)) reply.status(200);
    return items;
  }
}
