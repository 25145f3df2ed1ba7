import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import {
  ApiBody,
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
import { ApiError } from '../platform/http/problems/api-error.js';
import { inSlices } from '../platform/in-slices.js';
import { Problem, problemOf } from '../platform/http/problems/problem.js';
import { ApiProblems, BODY_PROBLEMS } from '../problems/api-problems.js';
import { keyedBody } from './accept/idempotency.js';
import { RequestAcceptor } from './accept/request-acceptor.js';
import type { Outcome } from './accept/request-acceptor.js';
import { CancellationViews } from './cancellation-views.js';
import { Cancellation } from './cancellation.js';
import { BATCH_EXAMPLES, QUEUED } from './examples.js';
import { IDEMPOTENT_REPLAYED } from './parameters.js';
import { CreateBatchDto, MAX_BATCH_BYTES, requestsIn } from './requests/batch.js';
import { FromIdempotencyKey, IDEMPOTENCY_KEY_HEADER } from './requests/idempotency-key.js';
import type { IdempotencyKey } from './requests/idempotency-key.js';

const PATH = 'cancellations/batch';

@ApiTags('cancellations')
@ApiExtraModels(Cancellation, Problem)
@Controller(PATH)
export class BatchesController {
  constructor(
    private readonly acceptor: RequestAcceptor,
    private readonly views: CancellationViews,
    private readonly environment: ServiceEnvironment,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'createBatch',
    summary: 'Stops streams of up to 1000 requests',
    description:
      'Asks for many streams to be stopped, of any calls. Each entry is answered as if it had come alone.',
  })
  @NeedsScope('cancel', { maxBodyBytes: MAX_BATCH_BYTES })
  @ApiHeader(IDEMPOTENCY_KEY_HEADER)
  @ApiBody({ type: CreateBatchDto, examples: BATCH_EXAMPLES })
  @ApiResponse({
    status: 202,
    description:
      'one item per entry, in order: its cancellation, or the problem that `POST /cancellations` would answer with, which ' +
      'has a `code`, and an `instance` that ends in the index of the entry',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['items'],
          properties: {
            items: {
              type: 'array',
              description: 'one per entry, in order',
              items: { oneOf: [{ $ref: getSchemaPath(Cancellation) }, { $ref: getSchemaPath(Problem) }] },
            },
          },
        },
        example: { items: [QUEUED] },
      },
    },
    headers: { 'Idempotent-Replayed': IDEMPOTENT_REPLAYED },
  })
  @ApiProblems(
    ...BODY_PROBLEMS,
    'invalid_idempotency_key',
    'idempotency_key_reused',
    'queue_unavailable',
    'queue_answer_lost',
  )
  @HttpCode(202)
  async create(
    @Body() body: object,
    @FromIdempotencyKey() key: IdempotencyKey | null,
    @FromCaller() caller: Caller | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: (Cancellation | Problem)[] }> {
    const requests = await requestsIn(body);
    const { outcomes, replayed } = await this.acceptor.accept(requests, keyedBody(key, body), caller);
    if (replayed) reply.header('idempotent-replayed', 'true');
    return { items: (await inSlices(outcomes, (outcome, index) => this.itemsOf(outcome, index))).flat() };
  }

  private itemsOf(outcome: Outcome, index: number): (Cancellation | Problem)[] {
    return outcome instanceof ApiError
      ? [
          problemOf(outcome, {
            url: `/${PATH}#/cancellations/${index}`,
            basePath: this.environment.BASE_PATH,
          }),
        ]
      : outcome.map((stream) => this.views.ofAccepted(stream));
  }
}
