import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';
import type { Options, Request } from 'autocannon';
import { linksOf } from './links.js';
import type { Signed } from './links.js';
import { answerOrders, tellReady } from './setup.js';

/** Requests over a number of connections, each sending the next one as soon as it is answered. */
export type LoadOrder = Target & ({ readonly seconds: number } | { readonly amount: number });

interface Target {
  readonly url: string;
  readonly connections: number;
  readonly requests: Requests;
}

export type Requests =
  | { readonly kind: 'path'; readonly path: string }
  /** Each link is asked for once. */
  | ({ readonly kind: 'links' } & Signed)
  /** Wishes for cancellations, no two alike. */
  | {
      readonly kind: 'cancellations';
      readonly authorization: string;
      /** Begins the sid of every call. */
      readonly name: string;
      readonly withIdempotencyKey: boolean;
      /** How many a request asks for, by the route for batches; absent, each is asked for by itself. */
      readonly batch?: number;
    };

export interface LoadResult {
  /** Answers 2xx. */
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly answered: number;
  /** Answers of another kind, and connections that broke. */
  readonly failed: number;
}

/** A histogram takes whole numbers from 1 on. */
const PER_MS = 1000;

async function load(order: LoadOrder): Promise<LoadResult> {
  const { url, connections } = order;
  const times = createHistogram();
  let [first, last] = [0, 0];
  const end = 'seconds' in order ? { duration: order.seconds } : { amount: order.amount };
  const run = autocannon({
    url,
    connections,
    ...requestsFor(order),
    excludeErrorStats: true,
    ...end,
  });
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
  if (requests.kind === 'path') return { requests: [{ method: 'POST', path: requests.path }] };
  if (requests.kind === 'cancellations') return { requests: [cancellationsOf(requests)] };
  const links = linksOf(requests, linksFor(order));
  const each = Math.ceil(links.length / order.connections);
  let first = -each;
  return {
    // All made beforehand: each connection has its own.
    setupClient: (client) => {
      first += each;
      client.setRequests(links.slice(first, first + each).map((path) => ({ method: 'POST', path })));
    },
  };
}

/** More than the service answers; what answers more is asked for some of them again. */
const MOST_A_SECOND = 30_000;

const linksFor = (order: LoadOrder): number =>
  'seconds' in order ? order.seconds * MOST_A_SECOND : order.amount;

function cancellationsOf(requests: Requests & { kind: 'cancellations' }): Request {
  const { authorization, name, withIdempotencyKey, batch } = requests;
  const headers = { 'content-type': 'application/json', authorization };
  let number = 0;
  const next = (): string => `{"callSid":"${name}-${(number += 1)}","streamName":"stream"}`;
  return {
    method: 'POST',
    path: batch === undefined ? '/cancellations' : '/cancellations/batch',
    setupRequest: (request) => ({
      ...request,
      body:
        batch === undefined ? next() : `{"cancellations":[${Array.from({ length: batch }, next).join(',')}]}`,
      headers: withIdempotencyKey ? { ...headers, 'idempotency-key': `${name}-${number}` } : { ...headers },
    }),
  };
}

answerOrders(load);
tellReady();
