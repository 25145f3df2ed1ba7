import { InjectQueue } from '@nestjs/bullmq';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Queue } from 'bullmq';
import { BatchDto, CancellationDto } from './cancellations.dto.js';
import { STOP_QUEUE } from './stop-job.js';
import type { StopJob } from './stop-job.js';

interface Accepted {
  readonly id: string | undefined;
}

@Controller('cancellations')
export class CancellationsController {
  constructor(@InjectQueue(STOP_QUEUE) private readonly queue: Queue<StopJob>) {}

  @Post()
  @HttpCode(202)
  async create(@Body() { callSid, streamName }: CancellationDto): Promise<Accepted> {
    const { id } = await this.queue.add('stop', { callSid, streamName });
    return { id };
  }

  @Post('batch')
  @HttpCode(202)
  async createBatch(@Body() { cancellations }: BatchDto): Promise<{ items: Accepted[] }> {
    const jobs = await this.queue.addBulk(
      cancellations.map(({ callSid, streamName }) => ({ name: 'stop', data: { callSid, streamName } })),
    );
    return { items: jobs.map(({ id }) => ({ id })) };
  }
}
