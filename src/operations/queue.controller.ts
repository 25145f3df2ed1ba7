import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { QueueDepthReader } from './queue-depth.js';
import type { QueueDepth } from './queue-depth.js';

@ApiTags('operations')
@ApiBearerAuth()
@Controller('queue')
export class QueueController {
  constructor(private readonly depth: QueueDepthReader) {}

  @Get()
  read(): Promise<QueueDepth> {
    return this.depth.read();
  }
}
