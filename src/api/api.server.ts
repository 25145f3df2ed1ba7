import helmet from '@fastify/helmet';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { showDashboard } from '../operations/dashboard.js';
import type { ApiKey } from '../platform/http/api-key.js';
import { acceptJsonOnly } from '../platform/http/body/json-body.js';
import { ProblemFilter } from '../platform/http/problem.filter.js';
import { BodyPipe } from '../platform/validation/body-validation.js';
import { requireApiKey } from './api-key.hook.js';
import { describeApi } from './openapi.js';

/** The pages load nothing from other hosts. Swagger UI and Bull Board set styles inline. */
const HEADERS: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    directives: {
      fontSrc: ["'self'", 'data:'],
      styleSrc: ["'self'", "'unsafe-inline'"],
      // The service itself speaks plain HTTP.
      upgradeInsecureRequests: null,
    },
  },
  // Whether the host and all of its subdomains must use TLS is for the proxy to say.
  strictTransportSecurity: false,
};

/** Configures the server for internal services and operators. */
export async function configureApi(app: NestFastifyApplication, keys: readonly ApiKey[]): Promise<void> {
  await configureRequests(app, keys);
  describeApi(app);
  showDashboard(app);
}

/** How requests to any controller are authorised, read, validated and answered. */
export async function configureRequests(app: NestFastifyApplication, keys: readonly ApiKey[]): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(helmet, HEADERS);
  if (keys.length > 0) requireApiKey(fastify, keys);
  acceptJsonOnly(fastify);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new BodyPipe());
}
