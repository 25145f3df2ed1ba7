import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../../problems/api-problems.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { METRICS_TOKEN_SCHEME, MetricsTokenGuard } from './metrics-token.guard.js';

@ApiTags('operations')
@ApiProblems('unauthorized', 'forbidden')
@UseGuards(MetricsTokenGuard)
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @ApiOperation({
    operationId: 'readMetrics',
    summary: "Reads the metrics in Prometheus' text format",
    security: [{}, { [METRICS_TOKEN_SCHEME]: [] }],
    description:
      'For scrapes. Every process has metrics of its own. Where `METRICS_TOKEN` is set, it is required.',
  })
  @ApiResponse({
    status: 200,
    description: 'the metrics',
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example: '# TYPE streamstop_jobs gauge\nstreamstop_jobs{state="waiting"} 0\n',
      },
    },
  })
  scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.scrape();
  }
}
