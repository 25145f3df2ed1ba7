import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { spans } from './spans.js';
import { traced } from './trace.js';
import type { Trace } from './trace.js';
import { traceparentOf } from './traceparent.js';

declare module 'fastify' {
  interface FastifyRequest {
    trace: Required<Pick<Trace, 'requestId'>> & Trace;
  }
}

/** Lists, probes and pages that look again and again would bury the traces of cancellations. */
const UNRECORDED: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Gives every request an id, which its response and all that it leads to carry. Add it before other hooks. */
export function traceRequests(fastify: FastifyInstance): void {
  fastify.decorateRequest('trace');
  fastify.addHook('onRequest', (request, reply, done) => {
    request.trace = traceOf(request, reply);
    reply.header(REQUEST_ID_HEADER, request.trace.requestId);
    traced(request.trace, done);
  });
  // A body arrives in the context of its connection.
  fastify.addHook('preValidation', (request, _reply, done) => traced(request.trace, done));
}

/**
 * Records the span of a request, until its response is sent or its client gone, if spans are recorded at all.
 *
 * @param origins what led to it
 * @returns the `traceparent` of the span
 */
export function recordServing(
  request: FastifyRequest,
  reply: FastifyReply,
  origins: readonly Trace[],
): string | undefined {
  const recorder = spans();
  if (recorder === null) return undefined;
  const known = origins.flatMap(({ traceparent }) => traceparent ?? []);
  const route = request.routeOptions.url ?? 'unknown';
  const span = recorder.serve({ method: request.method, route, origins: [...new Set(known)] });
  reply.raw.once('close', () => span.end(reply.statusCode));
  return span.traceparent;
}

function traceOf(request: FastifyRequest, reply: FastifyReply): FastifyRequest['trace'] {
  const { headers, method } = request;
  const traceparent = traceparentOf(headers['traceparent']);
  const recorded = UNRECORDED.has(method) ? undefined : recordServing(request, reply, [{ traceparent }]);
  return { requestId: requestIdOf(headers[REQUEST_ID_HEADER]), traceparent: recorded ?? traceparent };
}
