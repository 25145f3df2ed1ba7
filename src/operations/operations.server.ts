import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { answerWithProblems } from '../platform/http/problem-server.js';

/** Configures the server of a process without the API, for probes and scrapes. */
export function configureOperations(app: NestFastifyApplication): void {
  answerWithProblems(app);
}
