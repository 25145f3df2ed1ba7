import { UnauthorizedException } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiKeys } from '../platform/http/api-key.js';
import type { ApiKey } from '../platform/http/api-key.js';
import { problemOf, sendProblem } from '../platform/http/problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the key that was presented; absent where none is asked for. */
    apiKeyName?: string;
  }
}

export const DASHBOARD = '/dashboard';

/** Open to probes and scrapes, which carry no key and learn no cancellation. */
const OPEN = [/^\/health\//, /^\/metrics$/, /^\/docs(\/|$)/, /^\/openapi\.json$/];

/**
 * Lets no request past without a key, before its body is read. Internal services send `Authorization: Bearer KEY`;
 * a browser cannot, so that the dashboard takes the key as the password of Basic authentication too (RFC 7617).
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

/** Answers by itself, since the dashboard's error handler would make a 500 of an exception. */
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
