import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../config/service.environment.js';
import { queueUnavailable } from '../queue/queue.errors.js';
import { CALLBACKS_TOKEN, QUEUE_TOKEN } from '../queue/queue.module.js';
import type { CallbackQueue } from '../queue/callbacks/callbacks.queue.js';
import type { CancellationQueue } from '../queue/cancellations.queue.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { ProblemFilter } from '../platform/http/problems/problem.filter.js';

export const DASHBOARD = '/dashboard';

const FOREIGN_LINK = /<link\b[^>]*\shref="https?:[^>]*>/g;

/** Leaves time for the answer within the 250 ms that clients are promised. */
const HANDLER_TIMEOUT_MS = 200;

/** Shows the queues at `/dashboard`, and lets nobody change it. */
export function showDashboard(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const queues = [
    app.get<CancellationQueue>(QUEUE_TOKEN, { strict: false }),
    app.get<CallbackQueue>(CALLBACKS_TOKEN, { strict: false }),
  ];
  const { BASE_PATH = '' } = app.get(ServiceEnvironment, { strict: false });
  // The path that browsers see; the routes themselves are registered below.
  const serverAdapter = new FastifyAdapter().setBasePath(`${BASE_PATH}${DASHBOARD}`);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
    options: { uiBasePath: folderOf('@bull-board/ui'), uiConfig: {} },
  });
  failLikeTheApi(fastify, app);
  void fastify.register(
    async (scope) => {
      scope.addHook('onSend', withoutForeignLinks);
      await scope.register(serverAdapter.registerPlugin());
    },
    { prefix: DASHBOARD },
  );
}

/** Bull Board's page asks Google for fonts, which the policy of the page forbids. */
async function withoutForeignLinks(
  _request: FastifyRequest,
  _reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  return typeof payload === 'string' ? payload.replaceAll(FOREIGN_LINK, '') : payload;
}

/**
 * Bull Board would answer every error with 500 in a format of its own, also where the request is at fault. Without
 * Redis, its own routes would wait for a connection for ever.
 */
function failLikeTheApi(fastify: FastifyInstance, app: NestFastifyApplication): void {
  const connection = app.get(ApiConnection, { strict: false });
  const { httpAdapter } = app.get(HttpAdapterHost);
  const filter = new ProblemFilter();
  fastify.addHook('onRoute', (route) => {
    if (route.url !== DASHBOARD && !route.url.startsWith(`${DASHBOARD}/`)) return;
    const needsRedis = route.url.startsWith(`${DASHBOARD}/api/`);
    route.errorHandler = (error, request, reply) => {
      const isOutage = error.code === 'FST_ERR_HANDLER_TIMEOUT' || (needsRedis && !connection.isReady);
      const failure = isOutage ? queueUnavailable(error) : error;
      filter.answer(httpAdapter.mapException(failure), request, reply);
    };
    if (!needsRedis) return;
    route.handlerTimeout = HANDLER_TIMEOUT_MS;
    route.onRequest = (_request, _reply, done) => done(connection.isReady ? undefined : queueUnavailable());
  });
}

const folderOf = (name: string): string =>
  dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
