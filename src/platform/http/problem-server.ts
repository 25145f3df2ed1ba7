import { BadRequestException, HttpException, MethodNotAllowedException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AllowedMethods } from './allowed-methods.js';
import type { ServerOptions } from './http-adapter.js';
import { answerClientErrors, answerInsteadOfNode } from './node-refusals.js';
import type { RefusalOf } from './node-refusals.js';
import { PROBLEM_JSON, problemOf, sendProblem } from './problem.js';
import { ProblemFilter } from './problem.filter.js';

const DETAILS = new Map([
  [405, 'this server is not a proxy'],
  [408, 'the request did not arrive in time'],
  [431, 'the head of the request is too long'],
]);

const problemFor: RefusalOf = (status) => ({
  contentType: PROBLEM_JSON,
  body: JSON.stringify(
    problemOf(new HttpException(DETAILS.get(status) ?? 'the request is not HTTP', status), ''),
  ),
});

/** Options of a server that answers every error with a problem. */
export const PROBLEM_SERVER = {
  // Node would refuse a request without a host with an empty body.
  requireHostHeader: false,
  ignoreTrailingSlash: true,
  clientErrorHandler: answerClientErrors(problemFor),
} satisfies ServerOptions;

/** Answers every error with `application/problem+json`, including those that never reach a route. */
export function answerWithProblems(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  answerInsteadOfNode(fastify.server, problemFor);
  refuseUnroutable(fastify);
  app.useGlobalFilters(new ProblemFilter());
}

/** Call it after the hooks that decide who may ask at all, because what it says depends on the routes. */
function refuseUnroutable(fastify: FastifyInstance): void {
  const allowed = new AllowedMethods();
  fastify.addHook('onRoute', ({ url, method }) => allowed.add(url, [method].flat()));
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    if (lacksHost(request)) return done(new BadRequestException('the header Host is missing'));
    const methods = request.is404 ? allowed.of(request.url) : [];
    if (methods.length === 0) return done();
    reply.header('allow', methods.join(', '));
    sendProblem(
      reply,
      problemOf(new MethodNotAllowedException(`the methods here are ${methods.join(', ')}`), request.url),
    );
  });
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-3.2 */
const lacksHost = ({ raw }: FastifyRequest): boolean => raw.httpVersion === '1.1' && !raw.headers.host;
