import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../platform/http/problem.js';
import { ProjectStatus, QueueDepthReader } from './queue-depth.js';
import type { QueueDepth } from './queue-depth.js';
import { ResumeDto } from './resume.dto.js';
import { ProjectResumption } from './project-resumption.js';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('queue')
export class QueueController {
  constructor(
    private readonly depth: QueueDepthReader,
    private readonly resumption: ProjectResumption,
  ) {}

  @Get()
  read(): Promise<QueueDepth> {
    return this.depth.read();
  }

  /** Sends again for a project that is `undelivered` or `unauthorized`, beginning at once with one cancellation or a few. */
  @Post('resume')
  @HttpCode(200)
  @ApiResponse({
    status: 200,
    type: ProjectStatus,
    description:
      'the state of the project now; another state than `undelivered` and `unauthorized` is left as it is',
  })
  @ApiResponse({ status: 400, type: Problem, description: '`invalid_body`' })
  @ApiResponse({
    status: 404,
    type: Problem,
    description: '`project_not_found`: no such project is configured',
  })
  @ApiResponse({ status: 503, type: Problem, description: '`queue_unavailable`: Redis is out of reach' })
  resume(@Body() { project }: ResumeDto, @Req() request: FastifyRequest): Promise<ProjectStatus> {
    return this.resumption.resume(project, request.apiKeyName ?? null);
  }
}
