import type { Socket } from 'node:net';
import { HttpException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER, requestIdOf } from '../trace/request-id.js';
import { AllowedMethods } from './allowed-methods.js';
import type { ServerOptions } from './http-adapter.js';
import { headerValues } from './header-values.js';
import { answerClientErrors, answerInsteadOfNode, ONLY_CHUNKED } from './node-refusals.js';
import type { ClientError, RefusalOf } from './node-refusals.js';
import { ApiError } from './problems/api-error.js';
import { HTTP_PROBLEMS } from './problems/http-problems.js';
import { PROBLEM_JSON, problemOf, refuse } from './problems/problem.js';
import { ProblemFilter } from './problems/problem.filter.js';

const problemsBelow =
  (basePath: string): RefusalOf =>
  ({ status, detail }) => ({
    headers: { 'content-type': PROBLEM_JSON, [REQUEST_ID_HEADER]: requestIdOf(undefined) },
    body: JSON.stringify(problemOf(new HttpException(detail, status), { url: '', basePath })),
  });

/** Options of a server that answers every error with a problem. */
export const PROBLEM_SERVER = {
  ignoreTrailingSlash: true,
  clientErrorHandler(this: FastifyInstance, error: ClientError, socket: Socket) {
    answerClientErrors(problemsBelow(this.basePath))(error, socket);
  },
} satisfies ServerOptions;

/** Answers every error with `application/problem+json`, including those that never reach a route. */
export function answerWithProblems(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  answerInsteadOfNode(fastify.server, problemsBelow(fastify.basePath));
  refuseUnroutable(fastify);
  app.useGlobalFilters(new ProblemFilter());
}

/** Call it after the hooks that decide who may ask at all, because what it says depends on the routes. */
function refuseUnroutable(fastify: FastifyInstance): void {
  const allowed = new AllowedMethods();
  fastify.addHook('onRoute', ({ url, method }) => allowed.add(url, [method].flat()));
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    const hostFault = faultInHost(request);
    // Not thrown, because a page has no filter that would turn it into a problem.
    if (hostFault !== null)
      return void refuse(request, reply, new ApiError(HTTP_PROBLEMS.bad_request, hostFault));
    if (isEncoded(request))
      return void refuse(request, reply, new ApiError(HTTP_PROBLEMS.not_implemented, ONLY_CHUNKED.detail));
    const methods = request.is404 ? allowed.of(request.url) : [];
    if (methods.length === 0) return done();
    reply.header('allow', methods.join(', '));
    const detail = `the methods here are ${methods.join(', ')}`;
    refuse(request, reply, new ApiError(HTTP_PROBLEMS.method_not_allowed, detail));
  });
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-3.2; null if there is none. */
function faultInHost(request: FastifyRequest): string | null {
  const hosts = headerValues(request, 'host');
  if (hosts.length > 1) return 'the header Host was sent more than once';
  return request.raw.httpVersion === '1.1' && !hosts[0] ? 'the header Host is missing' : null;
}

/** Node undoes the chunks alone, so that the body would be read as it was encoded. */
const isEncoded = ({ headers }: FastifyRequest): boolean =>
  (headers['transfer-encoding'] ?? 'chunked').trim().toLowerCase() !== 'chunked';
