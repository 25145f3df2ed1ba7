import { UnauthorizedException } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeys } from '../access/api-keys.js';
import { refusalOf } from '../access/needs-scope.js';
import type { ForbiddenScopeError } from '../access/needs-scope.js';
import { DASHBOARD } from '../operations/dashboard.js';
import { headerValues } from '../platform/http/header-values.js';
import { problemOf, sendProblem } from '../platform/http/problem.js';
import type { RefusedRequests } from './refused-requests.js';

/** Open to probes and scrapes, which have no key and learn nothing of cancellations. */
const OPEN = [/^\/health\//, /^\/metrics\/?$/, /^\/docs(\/|$)/, /^\/openapi\.json\/?$/];

/** https://www.rfc-editor.org/rfc/rfc9110#section-11.4: a scheme in any case, one space or more, and the credentials alone. */
const CREDENTIALS = /^(bearer|basic) +([!-~]+)$/i;

/**
 * Refuses every request without a key for its route before its body is read. Internal services send
 * `Authorization: Bearer KEY`. A browser cannot, so the dashboard also takes the key as the password of Basic authentication (RFC 7617).
 */
export function requireApiKey(fastify: FastifyInstance, apiKeys: ApiKeys, refused: RefusedRequests): void {
  fastify.decorateRequest('caller');
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = request.url.replace(/\?.*/s, '');
    const caller = apiKeys.find(presentedKey(request, path));
    if (caller !== null) request.caller = caller;
    if (OPEN.some((open) => open.test(path))) return done();
    if (caller === null) {
      const reason = reasonOf(request);
      refused.add(request, 'key', reason);
      return refuse(reply, path, reason);
    }
    // Where there is no route, nothing needs a scope.
    const forbidden = request.is404 ? null : refusalOf(caller, request.routeOptions.config.scope);
    if (forbidden === null) return done();
    refused.add(request, 'scope', forbidden.message);
    forbid(reply, path, forbidden);
  });
}

/** Different values, of which only one can be the caller's. Node would take the first. */
const authorizationsOf = (request: FastifyRequest): readonly string[] => [
  ...new Set(headerValues(request, 'authorization')),
];

function presentedKey(request: FastifyRequest, path: string): string {
  const [authorization = '', ...others] = authorizationsOf(request);
  if (others.length > 0) return '';
  const [, scheme = '', credentials = ''] = CREDENTIALS.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme === '' || !isDashboard(path)) return '';
  return Buffer.from(credentials, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

function reasonOf(request: FastifyRequest): string {
  const [authorization, ...others] = authorizationsOf(request);
  if (authorization === undefined) return 'an API key is needed: Authorization: Bearer KEY';
  if (others.length > 0) return 'Authorization must be sent once, not with different values';
  return CREDENTIALS.test(authorization)
    ? 'no such API key'
    : 'Authorization must be Bearer, a space and the API key, and nothing else';
}

/** Sends the answer here, since the dashboard's error handler would turn an exception into a 500. */
function refuse(reply: FastifyReply, path: string, reason: string): void {
  const scheme = isDashboard(path) ? 'Basic' : 'Bearer';
  reply.header('www-authenticate', `${scheme} realm="streamstop"`);
  sendProblem(reply, problemOf(new UnauthorizedException(reason), path));
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
function forbid(reply: FastifyReply, path: string, forbidden: ForbiddenScopeError): void {
  const challenge = `Bearer realm="streamstop", error="insufficient_scope", scope="${forbidden.scope}"`;
  reply.header('www-authenticate', challenge);
  sendProblem(reply, problemOf(forbidden, path));
}

const isDashboard = (path: string): boolean => path === DASHBOARD || path.startsWith(`${DASHBOARD}/`);
