import { UnauthorizedException } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DASHBOARD } from '../operations/dashboard.js';
import { ApiKeys } from '../platform/http/api-key.js';
import type { ApiKey } from '../platform/http/api-key.js';
import { problemOf, sendProblem } from '../platform/http/problem.js';
import type { RefusedRequests } from './refused-requests.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the presented key; absent if no key is required. */
    apiKeyName?: string;
  }
}

/** Open to probes and scrapes, which have no key and learn nothing of cancellations. */
const OPEN = [/^\/health\//, /^\/metrics\/?$/, /^\/docs(\/|$)/, /^\/openapi\.json\/?$/];

/** https://www.rfc-editor.org/rfc/rfc9110#section-11.4: a scheme in any case, one space or more, and the credentials alone. */
const CREDENTIALS = /^(bearer|basic) +([!-~]+)$/i;

/**
 * Refuses every request without a key before its body is read. Internal services send `Authorization: Bearer KEY`. A browser
 * cannot, so the dashboard also takes the key as the password of Basic authentication (RFC 7617).
 */
export function requireApiKey(
  fastify: FastifyInstance,
  keys: readonly ApiKey[],
  refused: RefusedRequests,
): void {
  const apiKeys = new ApiKeys(keys);
  fastify.decorateRequest('apiKeyName');
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = request.url.replace(/\?.*/s, '');
    const apiKey = apiKeys.find(presentedKey(request, path));
    if (apiKey !== null) request.apiKeyName = apiKey.name;
    if (apiKey !== null || OPEN.some((open) => open.test(path))) return done();
    const reason = reasonOf(request);
    refused.add(request, 'key', reason);
    refuse(reply, path, reason);
  });
}

function presentedKey({ headers: { authorization = '' } }: FastifyRequest, path: string): string {
  const [, scheme = '', credentials = ''] = CREDENTIALS.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme === '' || !isDashboard(path)) return '';
  return Buffer.from(credentials, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

function reasonOf({ headers: { authorization } }: FastifyRequest): string {
  if (authorization === undefined) return 'an API key is needed: Authorization: Bearer KEY';
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

const isDashboard = (path: string): boolean => path === DASHBOARD || path.startsWith(`${DASHBOARD}/`);
