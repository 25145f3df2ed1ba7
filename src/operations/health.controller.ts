import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { Readiness } from '../platform/health/readiness.js';
import { ApiProblems } from '../problems/api-problems.js';
import { Liveness, ReadinessReport } from './health.dto.js';
import type { Expectation } from '../platform/health/readiness.js';

const CHECK_TIMEOUT_MS = 500;

@ApiTags('operations')
@ApiProblems('forbidden')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
  ) {}

  @Get('live')
  @ApiOperation({
    operationId: 'readLiveness',
    summary: 'Says whether the process can do its work',
    security: [],
    description: 'Whether a restart of the process would help. Faults elsewhere do not count.',
  })
  @ApiResponse({ status: 200, type: Liveness, description: 'it can' })
  @ApiResponse({ status: 503, type: Liveness, description: 'a restart would help' })
  live(@Res({ passthrough: true }) reply: FastifyReply): Liveness {
    const { dead } = this.readiness;
    reply.status(dead.length === 0 ? 200 : 503);
    return { status: dead.length === 0 ? 'ok' : 'error', dead };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'readReadiness',
    summary: 'Says whether the process can serve requests now',
    security: [],
    description: 'Whether everything that requests need can be reached from this process.',
  })
  @ApiResponse({
    status: 200,
    type: ReadinessReport,
    description: 'it can; `degraded` names what needs attention',
  })
  @ApiResponse({
    status: 503,
    type: ReadinessReport,
    description: 'it cannot; `details` has the state of each dependency',
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    try {
      const result = await this.health.check(
        [...this.readiness.expectations].map(
          ([name, expectation]) =>
            () =>
              this.indicators
                .check(name)
                .attempt(() => demand(expectation))
                .withTimeout(CHECK_TIMEOUT_MS),
        ),
      );
      const degraded = this.worries();
      return Object.keys(degraded).length === 0 ? result : { ...result, status: 'degraded', degraded };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.status(503);
      return error.getResponse() as ReadinessReport;
    }
  }

  private worries(): Record<string, string> {
    const texts = [...this.readiness.worries].map(([name, worry]) => [name, worry()] as const);
    return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== null));
  }
}

async function demand(expectation: Expectation): Promise<void> {
  if (!(await expectation())) throw new Error('not available');
}
