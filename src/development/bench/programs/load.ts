import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';
import type { Request } from 'autocannon';
import { answerOrders, tellReady } from './setup.js';

/** Requests over a number of connections, each sending the next one as soon as it is answered. */
export type LoadOrder = Target & ({ readonly seconds: number } | { readonly amount: number });

interface Target {
  readonly url: string;
  readonly connections: number;
  readonly requests: Requests;
}

export type Requests =
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
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
  const { url, connections, requests } = order;
  const times = createHistogram();
  let [first, last] = [0, 0];
  const end = 'seconds' in order ? { duration: order.seconds } : { amount: order.amount };
  const run = autocannon({
    url,
    connections,
    requests: requestsOf(requests),
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

function requestsOf(requests: Requests): Request[] {
  if (requests.kind === 'paths') return requests.paths.map((path) => ({ method: 'POST', path }));
  const { authorization, name, withIdempotencyKey, batch } = requests;
  const headers = { 'content-type': 'application/json', authorization };
  let number = 0;
  const next = (): string => `{"callSid":"${name}-${(number += 1)}","streamName":"stream"}`;
  return [
    {
      method: 'POST',
      path: batch === undefined ? '/cancellations' : '/cancellations/batch',
      setupRequest: (request) => ({
        ...request,
        body:
          batch === undefined
            ? next()
            : `{"cancellations":[${Array.from({ length: batch }, next).join(',')}]}`,
        headers: withIdempotencyKey ? { ...headers, 'idempotency-key': `${name}-${number}` } : { ...headers },
      }),
    },
  ];
}

answerOrders(load);
tellReady();
