import type { FastifyInstance, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { traced } from './trace.js';
import type { Trace } from './trace.js';
import { traceparentOf } from './traceparent.js';

declare module 'fastify' {
  interface FastifyRequest {
    trace: Required<Pick<Trace, 'requestId'>> & Trace;
  }
}

/** Gives every request an id, which its response and all that it leads to carry. Add it before other hooks. */
export function traceRequests(fastify: FastifyInstance): void {
  fastify.decorateRequest('trace');
  fastify.addHook('onRequest', (request, reply, done) => {
    request.trace = traceOf(request);
    reply.header(REQUEST_ID_HEADER, request.trace.requestId);
    traced(request.trace, done);
  });
  // A body arrives in the context of its connection.
  fastify.addHook('preValidation', (request, _reply, done) => traced(request.trace, done));
}

const traceOf = ({ headers }: FastifyRequest): FastifyRequest['trace'] => ({
  requestId: requestIdOf(headers[REQUEST_ID_HEADER]),
  traceparent: traceparentOf(headers['traceparent']),
});
