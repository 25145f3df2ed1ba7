import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CLASSES } from './metrics.js';
import type { Metrics } from './metrics.js';

/** Pages, of which every file would be a route of its own. */
const PAGE = /^\/(dashboard|docs|console|platform)(?:\/.*)?$/;

/** For requests that no route takes: clients could make up any number of methods and paths. */
const NO_ROUTE = { method: 'any', route: 'unknown' } as const;

/** Counts the requests of a server. Its routes are there, with 0, from the time at which they are registered. */
export function countRequests(fastify: FastifyInstance, server: string, metrics: Metrics): void {
  const show = (labels: { readonly method: string; readonly route: string }): void => {
    metrics.httpDurations.zero({ server, ...labels });
    for (const status of STATUS_CLASSES) metrics.httpRequests.inc({ server, ...labels, status }, 0);
  };
  show(NO_ROUTE);
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') show(labelsOf(one, url));
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const labels = requestLabels(request);
    metrics.httpDurations.observe({ server, ...labels }, reply.elapsedTime / 1000);
    metrics.httpRequests.inc({ server, ...labels, status: classOf(reply) });
    done();
  });
}

function requestLabels({ method, is404, routeOptions }: FastifyRequest) {
  return is404 || routeOptions.url === undefined ? NO_ROUTE : labelsOf(method, routeOptions.url);
}

/** A HEAD is answered by the route of the GET. */
const labelsOf = (method: string, url: string) => ({
  method: method === 'HEAD' ? 'GET' : method,
  route: url.replace(PAGE, '/$1/*'),
});

const classOf = ({ statusCode }: FastifyReply): string => `${Math.floor(statusCode / 100)}xx`;
