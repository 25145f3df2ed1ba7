import { Injectable, Logger } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { isSame } from '../../platform/http/is-same.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { HTTP_PROBLEMS } from '../../platform/http/problems/http-problems.js';
import { sourceOf } from '../../platform/http/source.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { Metrics } from '../../platform/metrics/metrics.js';

/** Its name in the API description. */
export const METRICS_TOKEN_SCHEME = 'metricsToken';

/** https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const BEARER = /^bearer +([!-~]+)$/i;

/** Asks scrapes for `METRICS_TOKEN`, where it is set: the metrics name projects. */
@Injectable()
export class MetricsTokenGuard implements CanActivate {
  private readonly refused = new RareLine(
    new Logger(MetricsTokenGuard.name),
    'warn',
    'scrape refused: METRICS_TOKEN is missing or wrong',
  );

  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly metrics: Metrics,
  ) {}

  /** @throws {ApiError} `unauthorized` */
  canActivate(context: ExecutionContext): boolean {
    const { METRICS_TOKEN } = this.environment;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const [, presented = ''] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    if (METRICS_TOKEN === undefined || isSame(presented, METRICS_TOKEN)) return true;
    this.metrics.requestsRefused.inc({ reason: 'metrics_token' });
    this.refused.write({ source: sourceOf(request) });
    http.getResponse<FastifyReply>().header('www-authenticate', 'Bearer realm="streamstop metrics"');
    throw new ApiError(HTTP_PROBLEMS.unauthorized, 'METRICS_TOKEN is needed: Authorization: Bearer TOKEN');
  }
}
