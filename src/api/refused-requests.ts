import { Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { sourceOf } from '../platform/http/source.js';
import { RareLine } from '../platform/logging/rare-line.js';
import type { Metrics, RefusalReason } from '../platform/metrics/metrics.js';

/** Logs and counts requests that were refused for where they came from or which key they had. */
export class RefusedRequests {
  private readonly line = new RareLine(new Logger(RefusedRequests.name), 'warn', 'request refused');

  constructor(private readonly metrics: Metrics) {}

  add(request: FastifyRequest, reason: RefusalReason, detail: string): void {
    const { method, routeOptions, caller } = request;
    this.metrics.requestsRefused.inc({ reason });
    this.line.write({
      reason: detail,
      ...(caller && { apiKey: caller.name }),
      source: sourceOf(request),
      method,
      route: routeOptions.url,
    });
  }
}
