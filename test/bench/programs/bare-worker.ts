import { createServer } from 'node:http';
import { Worker } from 'bullmq';
import { Agent } from 'undici';
import type { CancellationData } from '../../../src/cancellation/data.js';
import { BARE_PREFIX } from '../jobs.js';
import { DOCUMENT, DOCUMENT_TYPE } from './constants.js';
import { givenSetup, listen, tellReady } from './setup.js';
import { postUpdate } from './update-form.js';

export interface BareWorkerSetup {
  readonly redisUrl: string;
  readonly queue: string;
  readonly stubUrl: string;
}

/** The default of `WORKER_CONCURRENCY`. */
const CONCURRENCY = 100;

/** The least that does the work: a POST, and a document whose fetch ends the job. No signature, record, lock or log. */
const { redisUrl, queue, stubUrl } = givenSetup() as BareWorkerSetup;
const fetches = new Map<string, () => void>();
const port = await listen(
  createServer((request, response) => {
    fetches.get(request.url ?? '')?.();
    response.writeHead(200, { 'content-type': DOCUMENT_TYPE }).end(DOCUMENT);
  }),
);
const agent = new Agent({ connections: CONCURRENCY });
const worker = new Worker<CancellationData>(
  queue,
  async ({ data: { callSid } }) => {
    const path = `/${callSid}`;
    const fetched = new Promise<void>((resolve) => fetches.set(path, resolve));
    await postUpdate(agent, stubUrl, callSid, `http://127.0.0.1:${port}${path}`);
    await fetched;
    fetches.delete(path);
  },
  {
    connection: { url: redisUrl, maxRetriesPerRequest: null },
    prefix: BARE_PREFIX,
    concurrency: CONCURRENCY,
  },
);
await worker.waitUntilReady();
tellReady(port);
