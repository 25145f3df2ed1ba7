import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FromCaller, mayKnow } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { NeedsScope } from '../access/needs-scope.js';
import { Problem } from '../platform/http/problem.js';
import { ProjectStatus, QueueDepth, QueueDepthReader } from './queue-depth.js';
import { ResumeDto } from './resume.dto.js';
import { ProjectResumption } from './project-resumption.js';

@ApiTags('operations')
@Controller('queue')
export class QueueController {
  constructor(
    private readonly depth: QueueDepthReader,
    private readonly resumption: ProjectResumption,
  ) {}

  /** The state of the queue, and of each project that the API key may know. */
  @Get()
  @NeedsScope('operate')
  @ApiOperation({ summary: 'Reads the state of the queue' })
  @ApiResponse({ status: 200, type: QueueDepth })
  @ApiResponse({ status: 503, type: Problem, description: '`queue_unavailable`: Redis is out of reach' })
  async read(@FromCaller() caller: Caller | null): Promise<QueueDepth> {
    const depth = await this.depth.read();
    const projects = depth.projects.filter(({ project }) => mayKnow(caller, project));
    return Object.assign({}, depth, { projects });
  }

  /** Sends again for a project that is `undelivered` or `unauthorized`, beginning at once with one cancellation or a few. */
  @Post('resume')
  @NeedsScope('operate')
  @ApiOperation({ summary: 'Sends again for a project that is stopped' })
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
  resume(@Body() { project }: ResumeDto, @FromCaller() caller: Caller | null): Promise<ProjectStatus> {
    return this.resumption.resume(project, caller);
  }
}
