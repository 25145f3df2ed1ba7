import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiBearerAuth, ApiExtraModels, ApiResponse, ApiTags } from '@nestjs/swagger';
import { VERB_CLASSES } from '../documents/verbs.js';
import { Problem } from '../http/problem.js';
import { Cancellation } from './cancellation.js';
import { CancellationsService } from './cancellations.service.js';
import { CreateCancellationDto } from './create-cancellation.dto.js';

@ApiTags('cancellations')
@ApiBearerAuth()
@ApiExtraModels(...Object.values(VERB_CLASSES))
@ApiResponse({ status: 401, type: Problem, description: 'no API key, or a wrong one' })
@ApiResponse({
  status: 503,
  type: Problem,
  description: 'Redis cannot be reached; what may have been queued is withdrawn',
})
@Controller('cancellations')
export class CancellationsController {
  constructor(private readonly cancellations: CancellationsService) {}

  /** Asks for one stream of one live call to be stopped. */
  @Post()
  @ApiResponse({ status: 202, type: Cancellation, headers: { Location: { schema: { type: 'string' } } } })
  @ApiResponse({ status: 400, type: Problem, description: 'the body is wrong; `errors` names each field' })
  @ApiResponse({ status: 413, type: Problem, description: 'the body is longer than 65536 bytes' })
  @ApiResponse({ status: 415, type: Problem, description: 'the body is not JSON' })
  @HttpCode(202)
  async create(
    @Body() request: CreateCancellationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cancellation> {
    const cancellation = await this.cancellations.create(request);
    reply.header('location', `/cancellations/${cancellation.id}`);
    return cancellation;
  }

  /** The cancellation and all that has happened to it. */
  @Get(':id')
  @ApiResponse({ status: 200, type: Cancellation })
  @ApiResponse({ status: 404, type: Problem })
  find(@Param('id') id: string): Promise<Cancellation> {
    return this.cancellations.find(id);
  }
}
