import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { Metrics } from '../../platform/metrics/metrics.js';
import { answerWhatNodeRefuses } from '../public-port.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { sourceOf } from './source.js';
import { AllowanceSpentError, SourceAllowance } from './source-allowance.js';
import { allowanceOf } from './standing.js';
import type { Allowance } from './standing.js';
import { signatureOf } from './sender.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { readLink } from '../../links/link-token.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';

/** Comes before every route of `PUBLIC_PORT`: reads the link, once, and stops a source that has asked for too much. */
@Injectable()
export class Edge implements OnModuleInit {
  private readonly limited = new RareLine(
    new Logger(Edge.name),
    'warn',
    'a source asked for too much and was refused',
  );

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
    private readonly allowance: SourceAllowance,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    answerWhatNodeRefuses(fastify.server);
    fastify.decorateRequest('link', null);
    fastify.decorateRequest('standing', 'stranger');
    fastify.addHook('onRequest', (request, _reply, done) => {
      const { token } = request.params as { token?: string };
      if (token !== undefined) request.link = readLink(token, this.environment.LINK_SECRET, this.clock.now());
      // Whether a signature is right shows only once the body is there: the guard of a route looks.
      const isForGuard = !request.is404 && signatureOf(request) !== '';
      if (request.link !== null || isForGuard) done();
      else void this.admitStranger(request, done);
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const allowance = allowanceOf(request.standing, reply.statusCode);
      if (allowance !== null) this.allowance.spend(request.ip, allowance);
      void reply.header('cache-control', 'no-store');
      done(null, payload);
    });
  }

  private async admitStranger(request: FastifyRequest, done: HookHandlerDoneFunction): Promise<void> {
    try {
      await this.demand(request, 'stranger');
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }

  /** @throws {AllowanceSpentError} for a request that nothing shows to be SignalWire's */
  async demand(request: FastifyRequest, allowance: Allowance): Promise<void> {
    try {
      await this.allowance.demand(request.ip, allowance);
    } catch (error) {
      if (error instanceof AllowanceSpentError) {
        this.metrics.requestsLimited.inc();
        this.limited.write({ source: sourceOf(request.ip), route: request.routeOptions.url });
      }
      throw error;
    }
  }
}
