import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { readLink } from '../../links/link-token.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { recordServing } from '../../platform/trace/trace.hooks.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { DocumentsMetrics } from '../documents.metrics.js';
import { signatureOf } from './signalwire-request.js';
import { sourceOf } from '../../platform/http/source.js';
import { AllowanceSpentError, SourceAllowance } from './source-allowance.js';
import { isCharged } from './trust.js';

/**
 * Runs around every route of `PUBLIC_PORT`: reads the link, refuses sources that ask for too much, charges the others.
 */
@Injectable()
export class PublicPortHooks implements OnModuleInit {
  private readonly limited = new RareLine(
    new Logger(PublicPortHooks.name),
    'warn',
    'request refused: too many from this source',
  );

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
    private readonly allowance: SourceAllowance,
    private readonly metrics: DocumentsMetrics,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.decorateRequest('link', null);
    fastify.decorateRequest('trust', 'unverified');
    fastify.addHook('onRequest', async (request, reply) => {
      const { token } = request.params as { token?: string };
      if (token !== undefined) request.link = readLink(token, this.environment.LINK_SECRET, this.clock.now());
      if (request.link !== null) recordServing(request, reply, request.link.stops);
      // A signature can be checked only with the body, so the guard decides about such a request.
      const isForGuard = !request.is404 && signatureOf(request) !== '';
      if (request.link === null && !isForGuard) await this.demand(request);
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      if (isCharged(request.trust, reply.statusCode)) this.allowance.charge(sourceOf(request));
      void reply.header('cache-control', 'no-store');
      done(null, payload);
    });
  }

  /** @throws {AllowanceSpentError} the request is not verified, and its source has made too many of those */
  async demand(request: FastifyRequest): Promise<void> {
    const source = sourceOf(request);
    try {
      await this.allowance.demand(source);
    } catch (error) {
      if (error instanceof AllowanceSpentError) {
        this.metrics.requestsLimited.inc();
        this.limited.write({ source, route: request.routeOptions.url });
      }
      throw error;
    }
  }
}
