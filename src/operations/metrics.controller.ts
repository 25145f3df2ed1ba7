import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../problems/api-problems.js';
import { Metrics } from '../platform/metrics/metrics.js';

@ApiTags('operations')
@ApiProblems('forbidden')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @ApiOperation({
    operationId: 'readMetrics',
    summary: "Reads the metrics in Prometheus' text format",
    security: [],
    description: 'For scrapes. Every process has metrics of its own.',
  })
  @ApiResponse({
    status: 200,
    description: 'the metrics',
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example: '# TYPE streamstop_queue_jobs gauge\nstreamstop_queue_jobs{state="waiting"} 0\n',
      },
    },
  })
  scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.scrape();
  }
}
