import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Leaves time for the answer within the 250 ms that a caller is promised. */
const HANDLER_TIMEOUT_MS = 200;

export interface DashboardGuard {
  readonly path: string;
  /** Whether Redis can be used. */
  isUsable(): boolean;
  /** What a caller is told while it cannot. */
  unavailable(cause?: Error): Error;
  answer(error: Error, request: FastifyRequest, reply: FastifyReply): void;
}

/**
 * Has the dashboard's own routes fail as the API does. Without Redis, Bull Board would wait for a connection that was
 * never made, or answer 500 in a form of its own.
 */
export function guardDashboard(fastify: FastifyInstance, guard: DashboardGuard): void {
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith(`${guard.path}/api/`)) return;
    route.handlerTimeout = HANDLER_TIMEOUT_MS;
    route.onRequest = (_request, _reply, done) => done(guard.isUsable() ? undefined : guard.unavailable());
    route.errorHandler = (error, request, reply) => {
      const isOutage = error.code === 'FST_ERR_HANDLER_TIMEOUT' || !guard.isUsable();
      guard.answer(isOutage ? guard.unavailable(error) : error, request, reply);
    };
  });
}
