import type { FastifyInstance, FastifyRequest } from 'fastify';
import { cut } from '../platform/http/cut.js';
import { ApiError } from '../platform/http/problems/api-error.js';
import { HTTP_PROBLEMS } from '../platform/http/problems/http-problems.js';
import { refuse } from '../platform/http/problems/problem.js';
import type { RefusalReason } from '../platform/metrics/metrics.js';
import type { RefusedRequests } from './refused-requests.js';

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;
const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

const MAX_QUOTED = 100;

interface Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/**
 * Without API keys, only this machine may use the API. A page in a browser of this machine is refused as well: it comes
 * from another origin, or under a name that its owner has made lead to loopback (DNS rebinding).
 */
export function serveLoopbackOnly(fastify: FastifyInstance, refused: RefusedRequests): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const refusal = refusalOf(request.headers);
    if (refusal === null) return done();
    refused.add(request, refusal.reason, refusal.detail);
    refuse(request, reply, new ApiError(HTTP_PROBLEMS.forbidden, refusal.detail));
  });
}

/** Null if the request may be served. */
export function refusalOf({
  host = '',
  origin,
}: Pick<FastifyRequest['headers'], 'host' | 'origin'>): Refusal | null {
  if (!LOOPBACK.test(host))
    return {
      reason: 'host',
      detail: `without API_KEYS, Host must be localhost, 127.0.0.1 or [::1], not "${cut(host, MAX_QUOTED)}"`,
    };
  if (origin !== undefined && !LOOPBACK_ORIGIN.test(origin))
    return {
      reason: 'origin',
      detail: `without API_KEYS, a page of another host may not use the API: Origin is "${cut(origin, MAX_QUOTED)}"`,
    };
  return null;
}
