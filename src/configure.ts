import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DASHBOARD, requireApiKey } from './api/api-key.hook.js';
import type { ApiKey } from './platform/http/api-key.js';
import { BodyPipe } from './platform/validation/body-validation.js';
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

/** For probes and scrapes. */
export function configureOperations(app: NestFastifyApplication): void {
  app.useGlobalFilters(new ProblemFilter());
}
