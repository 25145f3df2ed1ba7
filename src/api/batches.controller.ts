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
import { ApiError } from '../platform/http/api-error.js';
import { inSlices } from '../platform/in-slices.js';
import { Problem, problemOf } from '../platform/http/problem.js';
import { keyedBody } from './accept/idempotency.js';
import { RequestAcceptor } from './accept/request-acceptor.js';
import type { Outcome } from './accept/request-acceptor.js';
import { CancellationViews } from './cancellation-views.js';
import { Cancellation } from './cancellation.js';
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
  ) {}

  /** Asks for many streams to be stopped, of any calls. Each entry is answered as if it had come alone. */
  @Post()
  @ApiOperation({ summary: 'Stops streams of up to 1000 requests' })
  @NeedsScope('cancel', { maxBodyBytes: MAX_BATCH_BYTES })
  @ApiHeader(IDEMPOTENCY_KEY_HEADER)
  @ApiBody({ type: CreateBatchDto })
  @ApiResponse({
    status: 202,
    description:
      'one item per entry, in order: its cancellation, or the problem that `POST /cancellations` would answer with, which ' +
      'has a `code`, and an `instance` that ends in the index of the entry',
    schema: {
      type: 'object',
      required: ['items'],
      properties: {
        items: {
          type: 'array',
          items: { oneOf: [{ $ref: getSchemaPath(Cancellation) }, { $ref: getSchemaPath(Problem) }] },
        },
      },
    },
    headers: {
      'Idempotent-Replayed': {
        schema: { type: 'string' },
        description: '`true` if the `Idempotency-Key` was known',
      },
    },
  })
  @ApiResponse({
    status: 400,
    type: Problem,
    description:
      '`cancellations` is not a list of 1 to 1000 entries, or there are other fields; or `invalid_idempotency_key`',
  })
  @ApiResponse({
    status: 413,
    type: Problem,
    description: `the body is longer than ${MAX_BATCH_BYTES} bytes`,
  })
  @ApiResponse({ status: 415, type: Problem, description: 'the body is not JSON' })
  @ApiResponse({
    status: 422,
    type: Problem,
    description: '`idempotency_key_reused`: the key was used with another body',
  })
  @ApiResponse({
    status: 503,
    type: Problem,
    description:
      'for the whole batch: `queue_unavailable`, Redis is out of reach, and nothing was queued; `queue_answer_lost`, ' +
      'entries may have been queued. Ask again: the same streams, or the same `Idempotency-Key`, return the same cancellations',
  })
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
      ? [problemOf(outcome, `/${PATH}#/cancellations/${index}`)]
      : outcome.map((stream) => this.views.ofAccepted(stream));
  }
}
