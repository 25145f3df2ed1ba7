import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { FromCaller, mayKnow } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { NeedsScope } from '../access/needs-scope.js';
import { QueueDepthReader } from './queue-depth.js';
import type { QueueDepth } from './queue-depth.js';

@ApiTags('operations')
@Controller('queue')
export class QueueController {
  constructor(private readonly depth: QueueDepthReader) {}

  /** The state of the queue, and of each project that the API key may know. */
  @Get()
  @NeedsScope('operate')
  async read(@FromCaller() caller: Caller | null): Promise<QueueDepth> {
    const depth = await this.depth.read();
    return { ...depth, projects: depth.projects.filter(({ project }) => mayKnow(caller, project)) };
  }
}
