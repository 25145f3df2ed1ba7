import { createServer } from 'node:http';
import { Agent } from 'undici';
import { CountedSockets } from '../measure/counted-sockets.js';
import type { Traffic } from '../measure/counted-sockets.js';
import { answerOrders, listen, tellReady } from './setup.js';
import { CALL_ANSWER, documentUrlOf } from './update-form.js';

/** Answered once so many documents have been fetched since the start. */
export interface StubOrder {
  readonly until: number;
}

export interface Fetched {
  /** When the last of them was fetched, in ms on the stub's clock. */
  readonly atMs: number;
  /** All updates so far. */
  readonly updates: Traffic;
  /** All fetches so far. */
  readonly documents: Traffic;
}

/** SignalWire at its fastest: accepts every update at once and fetches its document. */
const [updates, documents] = [new CountedSockets(), new CountedSockets()];
const agent = new Agent({ connections: 100, connect: documents.connect });
let fetched = 0;
let waiting: { readonly until: number; readonly tell: (result: Fetched) => void } | null = null;

const server = createServer((request, response) => {
  void documentUrlOf(request).then((url) => {
    response.writeHead(200, CALL_ANSWER.headers).end(CALL_ANSWER.body);
    // A read of the call names no document.
    return url === '' ? undefined : fetchDocument(url);
  });
});

server.on('connection', (socket) => updates.add(socket));

/** A program that has been stopped serves no documents any more. */
async function fetchDocument(url: string): Promise<void> {
  const { origin, pathname, search } = new URL(url);
  try {
    const { body } = await agent.request({ origin, path: pathname + search, method: 'POST' });
    await body.dump();
  } catch {
    return;
  }
  fetched += 1;
  look();
}

function look(): void {
  if (waiting === null || fetched < waiting.until) return;
  waiting.tell({ atMs: performance.now(), updates: updates.traffic, documents: documents.traffic });
  waiting = null;
}

answerOrders(
  ({ until }: StubOrder) =>
    new Promise<Fetched>((tell) => {
      waiting = { until, tell };
      look();
    }),
);
tellReady(await listen(server));
