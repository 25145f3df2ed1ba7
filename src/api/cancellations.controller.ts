import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Problem } from '../platform/http/problem.js';
import { Cancellation, SeveralCancellations } from './cancellation.js';
import { CancellationsService } from './cancellations.service.js';
import { CreateCancellationDto } from './create-cancellation.dto.js';
import { FromIdempotencyKey, MAX_IDEMPOTENCY_KEY_LENGTH } from './idempotency-key.js';
import type { IdempotencyKey } from './idempotency-key.js';

const HEADER = { schema: { type: 'string' } } as const;

@ApiTags('cancellations')
@ApiBearerAuth()
@ApiExtraModels(Cancellation, SeveralCancellations)
@ApiResponse({ status: 401, type: Problem, description: 'no API key, or a wrong one' })
@ApiResponse({
  status: 503,
  type: Problem,
  description:
    'Redis cannot be reached, or refuses; what may have been queued is withdrawn, unless the request had an `Idempotency-Key`',
})
@Controller('cancellations')
export class CancellationsController {
  constructor(private readonly cancellations: CancellationsService) {}

  /** Asks for one stream of one live call to be stopped, or, with `streamNames`, for several. */
  @Post()
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'the same key and body again are answered with the same cancellation, for `RETENTION_HOURS`',
    schema: { type: 'string', minLength: 1, maxLength: MAX_IDEMPOTENCY_KEY_LENGTH },
    example: '6d1c5f0a-9a0e-4c57-b6a5-3f6f0b0f6c11',
  })
  @ApiResponse({
    status: 202,
    description: 'the cancellation; with `streamNames`, one for each stream',
    schema: {
      oneOf: [{ $ref: getSchemaPath(Cancellation) }, { $ref: getSchemaPath(SeveralCancellations) }],
    },
    headers: {
      Location: { ...HEADER, description: 'of the one cancellation' },
      'Idempotent-Replayed': { ...HEADER, description: '`true` where the `Idempotency-Key` was known' },
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
      'where `streamNames` is `all`: `no_known_streams`, no status callback has told of a stream that runs; ' +
      '`too_many_streams`, more than 20 run',
  })
  @ApiResponse({ status: 413, type: Problem, description: 'the body is longer than 65536 bytes' })
  @ApiResponse({ status: 415, type: Problem, description: 'the body is not JSON' })
  @ApiResponse({
    status: 422,
    type: Problem,
    description: '`idempotency_key_reused`: the key came with another body before',
  })
  @HttpCode(202)
  async create(
    @Body() request: CreateCancellationDto,
    @FromIdempotencyKey() key: IdempotencyKey | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cancellation | SeveralCancellations> {
    const accepted = await this.cancellations.create(request, key);
    if (accepted.replayed) reply.header('idempotent-replayed', 'true');
    if ('items' in accepted) return { items: accepted.items };
    reply.header('location', `/cancellations/${accepted.cancellation.id}`);
    return accepted.cancellation;
  }

  /** The cancellation and all that has happened to it. */
  @Get(':id')
  @ApiResponse({ status: 200, type: Cancellation })
  @ApiResponse({ status: 404, type: Problem })
  find(@Param('id') id: string): Promise<Cancellation> {
    return this.cancellations.find(id);
  }
}
