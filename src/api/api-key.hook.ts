import { UnauthorizedException } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DASHBOARD } from '../operations/dashboard.js';
import { ApiKeys } from '../platform/http/api-key.js';
import type { ApiKey } from '../platform/http/api-key.js';
import { problemOf, sendProblem } from '../platform/http/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the presented key; absent if no key is required. */
    apiKeyName?: string;
  }
}

/** Open to probes and scrapes, which have no key and learn nothing of cancellations. */
const OPEN = [/^\/health\//, /^\/metrics$/, /^\/docs(\/|$)/, /^\/openapi\.json$/];

/**
 * Refuses every request without a key before its body is read. Internal services send `Authorization: Bearer KEY`. A browser
 * cannot, so the dashboard also takes the key as the password of Basic authentication (RFC 7617).
 */
export function requireApiKey(fastify: FastifyInstance, keys: readonly ApiKey[]): void {
  const apiKeys = new ApiKeys(keys);
  fastify.decorateRequest('apiKeyName');
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = request.url.replace(/\?.*/s, '');
    const apiKey = apiKeys.find(presentedKey(request, path));
    if (apiKey !== null) request.apiKeyName = apiKey.name;
    if (apiKey !== null || OPEN.some((open) => open.test(path))) done();
    else refuse(reply, path);
  });
}

function presentedKey(request: FastifyRequest, path: string): string {
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() !== 'basic' || !isDashboard(path)) return '';
  return Buffer.from(credentials, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

/** Sends the answer here, since the dashboard's error handler would turn an exception into a 500. */
function refuse(reply: FastifyReply, path: string): void {
  const scheme = isDashboard(path) ? 'Basic' : 'Bearer';
  const problem = problemOf(
    new UnauthorizedException('an API key is needed: Authorization: Bearer KEY'),
    path,
  );
  reply.header('www-authenticate', `${scheme} realm="streamstop"`);
  sendProblem(reply, problem);
}

const isDashboard = (path: string): boolean => path === DASHBOARD || path.startsWith(`${DASHBOARD}/`);
