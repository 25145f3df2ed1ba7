import { applyDecorators, Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { FromCaller } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { NeedsScope } from '../access/needs-scope.js';
import { ApiProblems, BODY_PROBLEMS } from '../problems/api-problems.js';
import { QueueHistory } from './history/history.dto.js';
import { QueueState, QueueStateReader } from './queue-state.js';
import { PauseScope } from './pausing/pause.dto.js';
import { Pausing } from './pausing/pausing.js';

const SCOPE_EXAMPLES = {
  project: { summary: 'one project', value: { project: 'default' } },
  everything: { summary: 'everything', value: {} },
};

/** What pausing and resuming have in common. */
const ChangesPause = (description: string) =>
  applyDecorators(
    NeedsScope('operate'),
    HttpCode(200),
    ApiBody({
      type: PauseScope,
      required: false,
      description: 'everything if absent',
      examples: SCOPE_EXAMPLES,
    }),
    ApiResponse({ status: 200, type: QueueState, description }),
    ApiProblems(...BODY_PROBLEMS, 'project_not_found', 'queue_unavailable'),
  );

@ApiTags('operations')
@Controller('queue')
export class QueueController {
  constructor(
    private readonly state: QueueStateReader,
    private readonly pausing: Pausing,
  ) {}

  @Get()
  @NeedsScope(['read', 'operate'])
  @ApiOperation({
    operationId: 'readQueue',
    summary: 'Reads the state of the queue',
    description: 'The state of the queue, and of each project that the API key may know.',
  })
  @ApiResponse({ status: 200, type: QueueState, description: 'the state of the queue' })
  @ApiProblems('queue_unavailable')
  read(@FromCaller() caller: Caller | null): Promise<QueueState> {
    return this.state.read(caller);
  }

  @Get('history')
  @NeedsScope(['read', 'operate'])
  @ApiOperation({
    operationId: 'readQueueHistory',
    summary: 'Reads the last 15 minutes of the queue',
    description: 'One sample for every 10 s, of the whole queue.',
  })
  @ApiResponse({ status: 200, type: QueueHistory, description: 'the samples' })
  @ApiProblems('queue_unavailable')
  history(): Promise<QueueHistory> {
    return this.state.history();
  }

  @Post('pause')
  @ApiOperation({
    operationId: 'pauseSending',
    summary: 'Pauses the sending',
    description:
      'Sends nothing more, for everything or for one project, until it is resumed. Attempts under way finish; deadlines go on running.',
  })
  @ChangesPause('pausing twice changes nothing')
  async pause(@Body() { project }: PauseScope, @FromCaller() caller: Caller | null): Promise<QueueState> {
    await this.pausing.pause(project, caller);
    return this.state.read(caller);
  }

  @Post('resume')
  @ApiOperation({
    operationId: 'resumeSending',
    summary: 'Ends a pause, and tries a stopped project again',
    description:
      'Ends a pause. A project that is `undelivered` or `unauthorized` is tried again at once, with one cancellation or a few, or with the next one if none waits; `unauthorized` ends only once the credentials were accepted. Any other state is left as it is.',
  })
  @ChangesPause('resuming what is not paused changes nothing')
  async resume(@Body() { project }: PauseScope, @FromCaller() caller: Caller | null): Promise<QueueState> {
    await this.pausing.resume(project, caller);
    return this.state.read(caller);
  }
}
