import { createServer } from 'node:http';
import { Agent } from 'undici';
import { answerOrders, listen, tellReady } from './setup.js';
import { CALL_ANSWER, documentUrlOf } from './update-form.js';

/** Resolves once so many documents have been fetched since the start. */
export interface StubOrder {
  readonly until: number;
}

/** SignalWire as fast as it can be: accepts every update at once, and fetches its document. */
const agent = new Agent({ connections: 100 });
let fetched = 0;
const waiting = new Set<() => void>();

const server = createServer((request, response) => {
  void documentUrlOf(request).then((url) => {
    response.writeHead(200, CALL_ANSWER.headers).end(CALL_ANSWER.body);
    return fetchDocument(url);
  });
});

async function fetchDocument(url: string): Promise<void> {
  const { origin, pathname, search } = new URL(url);
  const { body } = await agent.request({ origin, path: pathname + search, method: 'POST' });
  await body.dump();
  fetched += 1;
  for (const look of waiting) look();
}

answerOrders(
  ({ until }: StubOrder) =>
    new Promise((resolve) => {
      const look = (): void => {
        if (fetched < until) return;
        waiting.delete(look);
        resolve({ fetched });
      };
      waiting.add(look);
      look();
    }),
);
tellReady(await listen(server));
