import { ValidationPipe } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentsFilter } from '../documents/documents.filter.js';
import { faultsOf } from '../validation/faults.js';
import { requireApiKey } from './api-key.hook.js';
import type { ApiKey } from './api-key.js';
import { InvalidBodyError } from './invalid-body.error.js';
import { ProblemFilter } from './problem.filter.js';

/** Takes the fields that a body's class declares and no others. */
export const bodyValidation = () =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => new InvalidBodyError(faultsOf(errors)),
  });

/** For internal services and operators. */
export function configureApi(app: NestFastifyApplication, keys: readonly ApiKey[]): void {
  const fastify = app.getHttpAdapter().getInstance();
  if (keys.length > 0) requireApiKey(fastify, keys);
  fastify.removeContentTypeParser('text/plain');
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(bodyValidation());
}

/** For SignalWire, which must be answered whatever its request carries: the link says all, so the body is not read. */
export function configureDocuments(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(null);
  });
  app.useGlobalFilters(new DocumentsFilter());
}

/** For probes and scrapes. */
export function configureOperations(app: NestFastifyApplication): void {
  app.useGlobalFilters(new ProblemFilter());
}
