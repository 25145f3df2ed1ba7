import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiError } from '../platform/http/api-error.js';
import { Problem, problemOf } from '../platform/http/problem.js';
import { CreateBatchDto, MAX_BATCH_BYTES } from './batch-entries.js';
import { Batches } from './batches.js';
import { Cancellation } from './cancellation.js';
import { FromIdempotencyKey, MAX_IDEMPOTENCY_KEY_LENGTH } from './idempotency-key.js';
import type { IdempotencyKey } from './idempotency-key.js';

const PATH = 'cancellations/batch';

@ApiTags('cancellations')
@ApiBearerAuth()
@ApiExtraModels(Cancellation, Problem)
@Controller(PATH)
export class BatchesController {
  constructor(private readonly batches: Batches) {}

  /** Asks for many streams to be stopped, of whichever calls: each entry is answered as if it had come by itself. */
  @Post()
  @RouteConfig({ maxBodyBytes: MAX_BATCH_BYTES })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'the same key and body again are answered with the same cancellations, for `RETENTION_HOURS`',
    schema: { type: 'string', minLength: 1, maxLength: MAX_IDEMPOTENCY_KEY_LENGTH },
    example: '6d1c5f0a-9a0e-4c57-b6a5-3f6f0b0f6c11',
  })
  @ApiBody({ type: CreateBatchDto })
  @ApiResponse({
    status: 202,
    description:
      'one item an entry, in order: its cancellation, or, with a `code`, the problem that `POST /cancellations` would ' +
      'answer, whose `instance` ends in the place of the entry',
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
        description: '`true` where the `Idempotency-Key` was known',
      },
    },
  })
  @ApiResponse({
    status: 400,
    type: Problem,
    description:
      '`cancellations` is no list of 1 to 1000 entries, or not alone; or `invalid_idempotency_key`',
  })
  @ApiResponse({ status: 401, type: Problem, description: 'no API key, or a wrong one' })
  @ApiResponse({
    status: 413,
    type: Problem,
    description: `the body is longer than ${MAX_BATCH_BYTES} bytes`,
  })
  @ApiResponse({ status: 415, type: Problem, description: 'the body is not JSON' })
  @ApiResponse({
    status: 422,
    type: Problem,
    description: '`idempotency_key_reused`: the key came with another body before',
  })
  @ApiResponse({
    status: 503,
    type: Problem,
    description:
      'Redis cannot be reached, or refuses, for the whole batch; what may have been queued is withdrawn, unless the ' +
      'request had an `Idempotency-Key`',
  })
  @HttpCode(202)
  async create(
    @Body() body: unknown,
    @FromIdempotencyKey() key: IdempotencyKey | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: (Cancellation | Problem)[] }> {
    const { items, replayed } = await this.batches.create(body, key);
    if (replayed) reply.header('idempotent-replayed', 'true');
    return {
      items: items.map((item, place) =>
        item instanceof ApiError ? problemOf(item, `/${PATH}#/cancellations/${place}`) : item,
      ),
    };
  }
}
