import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Metrics } from '../monitoring/metrics.js';

export const MAX_BODY_BYTES = 65_536;

/** Fastify's router refuses longer path parameters; the token of a stop document is up to about 8 kB long. */
const MAX_PATH_PARAMETER_LENGTH = 12_000;

/** A request must have arrived whole within this time. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Tells the servers of one process apart in the metrics. */
export type ServerName = 'api' | 'documents' | 'operations';

/** Fastify, bounded in size and time, counting its requests. */
export function httpAdapter(server: ServerName, metrics: Metrics): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
  });
  adapter.getInstance().addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const labels = { server, method: request.method, route, status: reply.statusCode };
    metrics.httpRequests.observe(labels, reply.elapsedTime / 1000);
    done();
  });
  return adapter;
}
