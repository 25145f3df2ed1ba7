import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent } from 'undici';
import { answerOrders, listen, tellReady } from './setup.js';
import { CALL_ANSWER, documentUrlOf } from './update-form.js';

/** So many stops, one after the other. */
export interface StopwatchOrder {
  readonly samples: number;
  /** Of the API. */
  readonly url: string;
  readonly authorization: string;
}

export interface StopwatchResult {
  /** From the request until the document has been read, in ms. */
  readonly toDocumentMs: readonly number[];
}

/** Long enough for what follows the fetch, so that each stop meets an idle service. */
const PAUSE_MS = 15;
const STOP_LIMIT_MS = 10_000;

/** One process requests the stops and stands in for SignalWire, so that a single clock sees both ends. */
const agent = new Agent();
const fetches = new Map<string, () => void>();

const stub = createServer((request, response) => {
  const callSid = basename(request.url ?? '');
  void documentUrlOf(request).then((url) => {
    response.writeHead(200, CALL_ANSWER.headers).end(CALL_ANSWER.body);
    // The setup check at the start of a service reads, and names no document.
    return url === '' ? undefined : fetchDocument(callSid, url);
  });
});

async function fetchDocument(callSid: string, url: string): Promise<void> {
  const { origin, pathname, search } = new URL(url);
  const { body } = await agent.request({ origin, path: pathname + search, method: 'POST' });
  await body.dump();
  fetches.get(callSid)?.();
}

async function measure(order: StopwatchOrder): Promise<StopwatchResult> {
  const toDocumentMs: number[] = [];
  for (let number = 0; number < order.samples; number += 1) {
    toDocumentMs.push(await stopMs(order));
    await delay(PAUSE_MS);
  }
  return { toDocumentMs };
}

async function stopMs(order: StopwatchOrder): Promise<number> {
  const callSid = randomUUID();
  const fetched = documentOf(callSid);
  const startedAt = performance.now();
  await requestStop(order, callSid);
  return (await fetched) - startedAt;
}

/** Resolves with the time at which the document was fetched. */
function documentOf(callSid: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no document for ${callSid}`)), STOP_LIMIT_MS);
    fetches.set(callSid, () => {
      clearTimeout(limit);
      fetches.delete(callSid);
      resolve(performance.now());
    });
  });
}

async function requestStop({ url, authorization }: StopwatchOrder, callSid: string): Promise<void> {
  const { statusCode, body } = await agent.request({
    origin: url,
    path: '/cancellations',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ callSid, streamName: 'stream' }),
  });
  await body.dump();
  if (statusCode !== 202) throw new Error(`a request for a stop was answered ${statusCode}`);
}

answerOrders(measure);
tellReady(await listen(stub));
