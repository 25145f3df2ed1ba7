import type { Readable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentsFilter } from './documents/documents.filter.js';
import { DASHBOARD, requireApiKey } from './api/api-key.hook.js';
import type { ApiKey } from './platform/http/api-key.js';
import { BodyPipe } from './platform/validation/body-validation.js';
import { readForm } from './platform/http/form-body.js';
import { addLatePart } from './platform/http/late-part.js';
import { ProblemFilter } from './platform/http/problem.filter.js';

/** For internal services and operators. */
export function configureApi(app: NestFastifyApplication, keys: readonly ApiKey[]): void {
  const fastify = app.getHttpAdapter().getInstance();
  if (keys.length > 0) requireApiKey(fastify, keys);
  fastify.removeContentTypeParser('text/plain');
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new BodyPipe());
  addLatePart(app, ['/docs', '/docs/*', '/openapi.json'], async (part) =>
    (await import('./api/openapi.js')).describeApi(app, part),
  );
  addLatePart(app, [DASHBOARD, `${DASHBOARD}/*`], async (part) =>
    (await import('./operations/dashboard.js')).showDashboard(app, part),
  );
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
