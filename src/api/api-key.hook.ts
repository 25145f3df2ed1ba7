import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeys } from '../access/api-keys.js';
import { refusalOf } from '../access/needs-scope.js';
import type { ForbiddenScopeError } from '../access/needs-scope.js';
import { CSRF_HEADER, hasCsrfToken, SESSION_COOKIE } from '../access/sessions.js';
import type { Sessions } from '../access/sessions.js';
import { DASHBOARD } from '../operations/dashboard.js';
import { headerValues } from '../platform/http/header-values.js';
import { ApiError } from '../platform/http/problems/api-error.js';
import { HTTP_PROBLEMS } from '../platform/http/problems/http-problems.js';
import { refuse } from '../platform/http/problems/problem.js';
import { PROBLEMS } from '../problems/catalogue.js';
import type { RefusedRequests } from './refused-requests.js';

/** Open to probes, scrapes and the login, which have no key and learn nothing of cancellations. */
const OPEN = [
  /^(GET|HEAD) \/((console|platform)\/.*)?$/,
  /^POST \/session\/?$/,
  /^\S+ \/health\//,
  /^\S+ \/metrics\/?$/,
  /^\S+ \/docs(\/|$)/,
  /^\S+ \/openapi\.json\/?$/,
];

/**
 * https://www.rfc-editor.org/rfc/rfc9110#section-11.4: a scheme in any case, one space or more, and the credentials
 * alone.
 */
const CREDENTIALS = /^(bearer|basic) +([!-~]+)$/i;

/**
 * Refuses every request without a key for its route before its body is read. Internal services send `Authorization:
 * Bearer KEY`. A browser has the cookie of its session, and the dashboard also takes the key as the password of Basic
 * authentication (RFC 7617).
 */
export function requireApiKey(
  fastify: FastifyInstance,
  { keys, sessions }: { readonly keys: ApiKeys; readonly sessions: Sessions },
  refused: RefusedRequests,
): void {
  fastify.decorateRequest('caller');
  fastify.decorateRequest('session');
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = pathOf(request);
    const authorizations = authorizationsOf(request);
    const session = authorizations.length > 0 ? null : sessions.find(request.headers.cookie);
    const caller = session?.caller ?? keys.find(presentedKey(authorizations, path));
    if (caller !== null) request.caller = caller;
    if (session !== null) request.session = session;
    if (OPEN.some((open) => open.test(`${request.method} ${path}`))) return done();
    if (caller === null) {
      const reason = reasonOf(authorizations, request.headers.cookie);
      refused.add(request, 'key', reason);
      return refuseKey(request, reply, reason);
    }
    if (
      session !== null &&
      !hasCsrfToken(request.method, session, request.headers[CSRF_HEADER.toLowerCase()])
    ) {
      const detail = `${request.method} with the cookie of a session needs ${CSRF_HEADER}`;
      refused.add(request, 'csrf', detail);
      return void refuse(request, reply, new ApiError(PROBLEMS.csrf_token_missing, detail));
    }
    // Where there is no route, nothing needs a scope.
    const forbidden = request.is404 ? null : refusalOf(caller, request.routeOptions.config.scope);
    if (forbidden === null) return done();
    refused.add(request, 'scope', forbidden.message);
    forbid(request, reply, forbidden);
  });
}

/** Different values, of which only one can be the caller's. Node would take the first. */
const authorizationsOf = (request: FastifyRequest): readonly string[] => [
  ...new Set(headerValues(request, 'authorization')),
];

function presentedKey([authorization = '', ...others]: readonly string[], path: string): string {
  if (others.length > 0) return '';
  const [, scheme = '', credentials = ''] = CREDENTIALS.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme === '' || !isDashboard(path)) return '';
  return Buffer.from(credentials, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

function reasonOf([authorization, ...others]: readonly string[], cookies = ''): string {
  if (authorization === undefined)
    return cookies.includes(`${SESSION_COOKIE}=`)
      ? 'the session has ended: log in again'
      : 'an API key is needed: Authorization: Bearer KEY';
  if (others.length > 0) return 'Authorization must be sent once, not with different values';
  return CREDENTIALS.test(authorization)
    ? 'no such API key'
    : 'Authorization must be Bearer, a space and the API key, and nothing else';
}

/** Sends the answer here, since the dashboard's error handler would turn an exception into a 500. */
function refuseKey(request: FastifyRequest, reply: FastifyReply, reason: string): void {
  const scheme = isDashboard(pathOf(request)) ? 'Basic' : 'Bearer';
  reply.header('www-authenticate', `${scheme} realm="streamstop"`);
  refuse(request, reply, new ApiError(HTTP_PROBLEMS.unauthorized, reason));
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
function forbid(request: FastifyRequest, reply: FastifyReply, forbidden: ForbiddenScopeError): void {
  const challenge = `Bearer realm="streamstop", error="insufficient_scope", scope="${forbidden.scope}"`;
  reply.header('www-authenticate', challenge);
  refuse(request, reply, forbidden);
}

const pathOf = ({ url }: FastifyRequest): string => url.replace(/\?.*/s, '');

const isDashboard = (path: string): boolean => path === DASHBOARD || path.startsWith(`${DASHBOARD}/`);
