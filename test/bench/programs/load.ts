import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';
import type { Options, Request } from 'autocannon';
import { answerOrders, tellReady } from './setup.js';
import { stopLinkPaths } from './stop-links.js';

/** Requests over a number of connections; each connection sends its next request once the last one is answered. */
export type LoadOrder = Target & ({ readonly seconds: number } | { readonly amount: number });

interface Target {
  readonly url: string;
  readonly connections: number;
  readonly requests: Requests;
}

export type Requests =
  /** Signed links to documents, each fetched once. */
  | { readonly kind: 'links'; readonly secret: string }
  /** The plain build's documents, each for a stream of its own. */
  | { readonly kind: 'names' }
  /** Requests for cancellations, no two alike. */
  | {
      readonly kind: 'cancellations';
      readonly authorization: string;
      /** Begins the SID of every call. */
      readonly name: string;
      readonly withIdempotencyKey: boolean;
      /** How many cancellations one request asks for; absent = `POST /cancellations`. */
      readonly batch?: number | undefined;
      /** One after the other, a cancellation each; absent = the default project. */
      readonly projects?: readonly string[];
    };

export interface LoadResult {
  /** 2xx answers. */
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly answered: number;
  /** Other answers, and broken connections. */
  readonly failed: number;
}

/** A histogram takes whole numbers from 1. */
const PER_MS = 1000;

async function load(order: LoadOrder): Promise<LoadResult> {
  const { url, connections } = order;
  const times = createHistogram();
  let [first, last] = [0, 0];
  const end = 'seconds' in order ? { duration: order.seconds } : { amount: order.amount };
  const run = autocannon({ url, connections, ...requestsFor(order), excludeErrorStats: true, ...end });
  run.on('response', (_client: unknown, status: number, _bytes: number, tookMs: number) => {
    if (status >= 300) return;
    last = performance.now();
    first ||= last;
    times.record(Math.max(1, Math.round(tookMs * PER_MS)));
  });
  const { errors, non2xx } = await run;
  return {
    perSecond: ((times.count - 1) * 1000) / (last - first),
    p99Ms: times.percentile(99) / PER_MS,
    answered: times.count,
    failed: errors + non2xx,
  };
}

function requestsFor(order: LoadOrder): Pick<Options, 'requests' | 'setupClient'> {
  const { requests } = order;
  if (requests.kind === 'cancellations') return { requests: [cancellationsOf(requests)] };
  if (requests.kind === 'names') return { requests: [namedDocuments()] };
  const paths = stopLinkPaths(requests.secret, linksFor(order));
  const each = Math.ceil(paths.length / order.connections);
  let first = -each;
  return {
    // Signed beforehand: each connection has its share.
    setupClient: (client) => {
      first += each;
      client.setRequests(paths.slice(first, first + each).map((path) => ({ method: 'POST', path })));
    },
  };
}

/** More than the service answers; a faster program gets some links twice. */
const MOST_PER_SECOND = 30_000;

const linksFor = (order: LoadOrder): number =>
  'seconds' in order ? order.seconds * MOST_PER_SECOND : order.amount;

function namedDocuments(): Request {
  let number = 0;
  return {
    method: 'POST',
    path: '/laml/stop-stream',
    setupRequest: (request) => ({
      ...request,
      path: `/laml/stop-stream?STREAMNAME=stream-${(number += 1)}`,
    }),
  };
}

function cancellationsOf(requests: Requests & { kind: 'cancellations' }): Request {
  const { authorization, name, withIdempotencyKey, batch, projects = [] } = requests;
  const headers = { 'content-type': 'application/json', authorization };
  let number = 0;
  const next = (): string => {
    number += 1;
    const project = projects[number % projects.length];
    return JSON.stringify({ callSid: `${name}-${number}`, streamName: 'stream', project });
  };
  return {
    method: 'POST',
    path: batch === undefined ? '/cancellations' : '/cancellations/batch',
    setupRequest: (request) => ({
      ...request,
      body:
        batch === undefined ? next() : `{"cancellations":[${Array.from({ length: batch }, next).join(',')}]}`,
      headers: withIdempotencyKey ? { ...headers, 'idempotency-key': `${name}-${number}` } : headers,
    }),
  };
}

answerOrders(load);
tellReady();
