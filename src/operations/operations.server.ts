import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProblemFilter } from '../platform/http/problem.filter.js';

/** Configures the server of a process without the API, for probes and scrapes. */
export function configureOperations(app: NestFastifyApplication): void {
  app.useGlobalFilters(new ProblemFilter());
}
