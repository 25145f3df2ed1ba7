import { applyDecorators, Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FromCaller, mayKnow } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { NeedsScope } from '../access/needs-scope.js';
import { Problem } from '../platform/http/problem.js';
import { QueueDepth, QueueDepthReader } from './queue-depth.js';
import { PauseScope } from './pause.dto.js';
import { Pausing } from './pausing.js';

/** What pausing and resuming have in common. */
const ChangesPause = (description: string) =>
  applyDecorators(
    NeedsScope('operate'),
    HttpCode(200),
    ApiBody({ type: PauseScope, required: false, description: 'everything if absent' }),
    ApiResponse({ status: 200, type: QueueDepth, description }),
    ApiResponse({ status: 400, type: Problem, description: '`invalid_body`' }),
    ApiResponse({
      status: 404,
      type: Problem,
      description: '`project_not_found`: no such project is configured',
    }),
    ApiResponse({ status: 503, type: Problem, description: '`queue_unavailable`: Redis is out of reach' }),
  );

@ApiTags('operations')
@Controller('queue')
export class QueueController {
  constructor(
    private readonly depth: QueueDepthReader,
    private readonly pausing: Pausing,
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

  /**
   * Sends nothing more, for everything or for one project, until it is resumed. Attempts under way finish; deadlines go
   * on running.
   */
  @Post('pause')
  @ApiOperation({ summary: 'Pauses the sending' })
  @ChangesPause('pausing twice changes nothing')
  async pause(@Body() { project }: PauseScope, @FromCaller() caller: Caller | null): Promise<QueueDepth> {
    await this.pausing.pause(project, caller);
    return this.read(caller);
  }

  /**
   * Ends a pause. A project that is `undelivered` or `unauthorized` is tried again at once, with one cancellation or a
   * few; any other state is left as it is.
   */
  @Post('resume')
  @ApiOperation({ summary: 'Ends a pause, and tries a stopped project again' })
  @ChangesPause('resuming what is not paused changes nothing')
  async resume(@Body() { project }: PauseScope, @FromCaller() caller: Caller | null): Promise<QueueDepth> {
    await this.pausing.resume(project, caller);
    return this.read(caller);
  }
}
