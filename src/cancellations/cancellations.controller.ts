import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Cancellation } from './cancellation.js';
import { CancellationsService } from './cancellations.service.js';
import { CreateCancellationDto } from './create-cancellation.dto.js';

@Controller('cancellations')
export class CancellationsController {
  constructor(private readonly cancellations: CancellationsService) {}

  @Post()
  @HttpCode(202)
  async create(
    @Body() request: CreateCancellationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Cancellation> {
    const cancellation = await this.cancellations.create(request);
    reply.header('location', `/cancellations/${cancellation.id}`);
    return cancellation;
  }

  @Get(':id')
  find(@Param('id') id: string): Promise<Cancellation> {
    return this.cancellations.find(id);
  }
}
