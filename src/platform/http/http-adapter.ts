import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';
import {
  HEAD_TIMEOUT_MS,
  MAX_BODY_BYTES,
  MAX_PATH_PARAMETER_LENGTH,
  REQUEST_TIMEOUT_MS,
  TIMEOUT_CHECK_MS,
} from './limits.js';
import { routableUrl } from './routable-url.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route takes where `MAX_BODY_BYTES` are too few; given by `@RouteConfig`. */
    maxBodyBytes?: number;
  }
}

/** Tells the servers of one process apart in the metrics. */
export type ServerName = 'api' | 'documents' | 'operations';

/** What one server does otherwise than the others. */
export type ServerOptions = Omit<FastifyServerOptions, 'http'> & { readonly requireHostHeader?: boolean };

/** Fastify, bounded in size and time, counting its requests. */
export function httpAdapter(
  server: ServerName,
  metrics: Metrics,
  { requireHostHeader = true, ...options }: ServerOptions = {},
): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: HEAD_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      requireHostHeader,
    },
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    rewriteUrl: ({ url = '/' }) => routableUrl(url),
    // `validBody` refuses such fields by name; the parser would say that the body is no JSON.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    ...options,
  });
  const fastify = adapter.getInstance();
  fastify.addHook('onRoute', (route) => {
    const { maxBodyBytes } = route.config ?? {};
    if (maxBodyBytes !== undefined) route.bodyLimit = maxBodyBytes;
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const labels = { server, method: request.method, route, status: reply.statusCode };
    metrics.httpRequests.observe(labels, reply.elapsedTime / 1000);
    done();
  });
  return adapter;
}
