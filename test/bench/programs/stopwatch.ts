import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Agent } from 'undici';
import type { CancellationData } from '../../../src/cancellation/data.js';
import { BARE_PREFIX, bareJob } from '../jobs.js';
import { answerOrders, listen, tellReady } from './setup.js';
import { CALL_ANSWER, documentUrlOf } from './update-form.js';

/** So many stops, one after the other, by what is asked over HTTP or by a queue with a bare worker. */
export type StopwatchOrder = { readonly samples: number } & (
  | { readonly kind: 'http'; readonly url: string; readonly authorization: string }
  | { readonly kind: 'queue'; readonly redisUrl: string; readonly queue: string }
);

export interface StopwatchResult {
  /** From the answer to the request until the update arrives, in ms; negative where it was here first. */
  readonly toPost: readonly number[];
  /** From the request until the document has been read, in ms. */
  readonly toDocument: readonly number[];
}

/** For what follows the fetch, so that each stop meets an idle service. */
const PAUSE_MS = 15;
const STOP_LIMIT_MS = 10_000;

/** What asks for stops and what stands in SignalWire's place are one process, so that one clock sees it all. */
const agent = new Agent();
const arrivals = new Map<string, (at: number) => void>();
const fetches = new Map<string, (at: number) => void>();

const stub = createServer((request, response) => {
  const now = performance.now();
  const callSid = basename(request.url ?? '');
  arrivals.get(callSid)?.(now);
  void documentUrlOf(request).then((url) => {
    response.writeHead(200, CALL_ANSWER.headers).end(CALL_ANSWER.body);
    return fetchDocument(callSid, url);
  });
});

async function fetchDocument(callSid: string, url: string): Promise<void> {
  const { origin, pathname } = new URL(url);
  const { body } = await agent.request({ origin, path: pathname, method: 'POST' });
  await body.dump();
  fetches.get(callSid)?.(performance.now());
}

async function measure(order: StopwatchOrder): Promise<StopwatchResult> {
  const queue =
    order.kind === 'queue'
      ? new Queue<CancellationData>(order.queue, { connection: { url: order.redisUrl }, prefix: BARE_PREFIX })
      : null;
  const request = async (callSid: string): Promise<void> => {
    if (order.kind === 'http') return askOverHttp(order, callSid);
    await queue?.add('stop', bareJob(callSid).data);
  };
  const result = { toPost: [] as number[], toDocument: [] as number[] };
  for (let number = 0; number < order.samples; number += 1) {
    const { startedAt, answeredAt, arrivedAt, fetchedAt } = await stop(request);
    result.toPost.push(arrivedAt - answeredAt);
    result.toDocument.push(fetchedAt - startedAt);
    await delay(PAUSE_MS);
  }
  await queue?.close();
  return result;
}

async function stop(request: (callSid: string) => Promise<void>) {
  const callSid = randomUUID();
  const limit = AbortSignal.timeout(STOP_LIMIT_MS);
  const arrival = noted(arrivals, callSid, limit);
  const fetched = noted(fetches, callSid, limit);
  const startedAt = performance.now();
  await request(callSid);
  const answeredAt = performance.now();
  return { startedAt, answeredAt, arrivedAt: await arrival, fetchedAt: await fetched };
}

function noted(
  times: Map<string, (at: number) => void>,
  callSid: string,
  limit: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    limit.addEventListener('abort', () => reject(new Error(`nothing came of ${callSid}`)), { once: true });
    times.set(callSid, (at) => {
      times.delete(callSid);
      resolve(at);
    });
  });
}

async function askOverHttp(
  { url, authorization }: { url: string; authorization: string },
  callSid: string,
): Promise<void> {
  const { statusCode, body } = await agent.request({
    origin: url,
    path: '/cancellations',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ callSid, streamName: 'stream' }),
  });
  await body.dump();
  if (statusCode !== 202) throw new Error(`a stop was answered with ${statusCode}`);
}

answerOrders(measure);
tellReady(await listen(stub));
