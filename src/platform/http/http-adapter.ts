import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';
import { countRequests } from '../metrics/request-metrics.js';
import {
  HEAD_TIMEOUT_MS,
  MAX_BODY_BYTES,
  MAX_PATH_PARAMETER_LENGTH,
  REQUEST_TIMEOUT_MS,
  TIMEOUT_CHECK_MS,
} from './limits.js';
import { routableUrl, withoutBasePath } from './routable-url.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The limit of the route, if it takes more than `MAX_BODY_BYTES`; set with `@RouteConfig`. */
    maxBodyBytes?: number;
  }
  interface FastifyInstance {
    /** The path below which a proxy shows the server; empty for none. */
    basePath: string;
  }
}

/** The name of a server in the metrics. */
export type ServerName = 'api' | 'documents' | 'operations';

/** Options in which the servers differ. */
export type ServerOptions = Omit<FastifyServerOptions, 'http' | 'routerOptions'> & {
  readonly ignoreTrailingSlash?: boolean;
  /** The path below which a proxy shows the server; its routes are found with and without it. */
  readonly basePath?: string;
};

/** Fastify with limits on size and time, and with a metric of its requests. */
export function httpAdapter(
  server: ServerName,
  metrics: Metrics,
  { ignoreTrailingSlash = false, basePath = '', ...options }: ServerOptions = {},
): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: HEAD_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node would refuse a request without a host with an empty body.
      requireHostHeader: false,
    },
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH, ignoreTrailingSlash },
    rewriteUrl: ({ url = '/' }) => withoutBasePath(routableUrl(url), basePath),
    ...options,
  });
  const fastify = adapter.getInstance();
  fastify.decorate('basePath', basePath);
  fastify.addHook('onRoute', (route) => {
    const { maxBodyBytes } = route.config ?? {};
    if (maxBodyBytes !== undefined) route.bodyLimit = maxBodyBytes;
  });
  countRequests(fastify, server, metrics);
  return adapter;
}
