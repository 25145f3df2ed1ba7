import type { Readable } from 'node:stream';
import { HttpAdapterHost } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { QueueUnavailableError } from '../cancellations/cancellations.errors.js';
import { DocumentsFilter } from '../documents/documents.filter.js';
import { ApiConnection } from '../redis/api.connection.js';
import { DASHBOARD, requireApiKey } from './api-key.hook.js';
import type { ApiKey } from './api-key.js';
import { BodyPipe } from './body-pipe.js';
import { guardDashboard } from './dashboard.hook.js';
import { readForm } from './form-body.js';
import { describeApi } from './openapi.js';
import { ProblemFilter } from './problem.filter.js';

/** For internal services and operators. */
export function configureApi(app: NestFastifyApplication, keys: readonly ApiKey[]): void {
  const fastify = app.getHttpAdapter().getInstance();
  const { httpAdapter } = app.get(HttpAdapterHost);
  const filter = new ProblemFilter();
  if (keys.length > 0) requireApiKey(fastify, keys);
  fastify.removeContentTypeParser('text/plain');
  guardDashboard(fastify, {
    path: DASHBOARD,
    isUsable: () => app.get(ApiConnection, { strict: false }).isReady,
    unavailable: (cause) => new QueueUnavailableError(cause),
    answer: (error, request, reply) => filter.answer(httpAdapter.mapException(error), request, reply),
  });
  app.useGlobalFilters(filter);
  app.useGlobalPipes(new BodyPipe());
  describeApi(app);
}

/** For SignalWire, which must be answered whatever its request carries; a body that is no form is taken for none. */
export function configureDocuments(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Fastify refuses a malformed one with 415 before any parser is asked.
    delete request.headers['content-type'];
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request: unknown, payload: Readable) => readForm(payload));
  app.useGlobalFilters(new DocumentsFilter());
}

/** For probes and scrapes. */
export function configureOperations(app: NestFastifyApplication): void {
  app.useGlobalFilters(new ProblemFilter());
}
