import helmet from '@fastify/helmet';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ApiKeys } from '../access/api-keys.js';
import type { Sessions } from '../access/sessions.js';
import { showConsole } from '../console/console.js';
import { showDashboard } from '../operations/dashboard.js';
import { acceptJsonOnly } from '../platform/http/body/json-body.js';
import { answerWithProblems } from '../platform/http/problem-server.js';
import type { Metrics } from '../platform/metrics/metrics.js';
import { traceRequests } from '../platform/trace/trace.hooks.js';
import { RequestPipe } from '../platform/validation/request-validation.js';
import { requireApiKey } from './api-key.hook.js';
import { serveLoopbackOnly } from './loopback-only.hook.js';
import { describeApi } from './openapi.js';
import { RefusedRequests } from './refused-requests.js';

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

/** Who may use the API. */
export interface Access {
  readonly keys: ApiKeys;
  readonly sessions: Sessions;
  /** Counts those who may not. */
  readonly metrics: Metrics;
}

/** Configures the server for internal services and operators. */
export async function configureApi(app: NestFastifyApplication, access: Access): Promise<void> {
  await configureRequests(app, access);
  describeApi(app);
  showDashboard(app);
  await showConsole(app);
}

/** How requests to any controller are authorised, read, validated and answered. */
export async function configureRequests(app: NestFastifyApplication, access: Access): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  traceRequests(fastify);
  await fastify.register(helmet, HEADERS);
  const refused = new RefusedRequests(access.metrics);
  if (access.keys.areRequired) requireApiKey(fastify, access, refused);
  else serveLoopbackOnly(fastify, refused);
  acceptJsonOnly(fastify);
  answerWithProblems(app);
  app.useGlobalPipes(new RequestPipe());
}
