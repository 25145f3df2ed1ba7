import { createServer } from 'node:http';
import { Worker } from 'bullmq';
import { Agent } from 'undici';
import { BARE_QUEUE, CONCURRENCY, DOCUMENT, DOCUMENT_TYPE } from './constants.js';
import type { BareJob } from './constants.js';
import { givenSetup, listen, tellReady } from './setup.js';
import { postUpdate } from './update-form.js';

export interface BareWorkerSetup {
  readonly redisUrl: string;
  readonly stubUrl: string;
}

/** The least that does the work: one POST per job and one constant document. No signature, record, lock or log. */
const { redisUrl, stubUrl } = givenSetup() as BareWorkerSetup;
const port = await listen(
  createServer((_request, response) =>
    response.writeHead(200, { 'content-type': DOCUMENT_TYPE }).end(DOCUMENT),
  ),
);
const agent = new Agent({ connections: CONCURRENCY });
const worker = new Worker<BareJob>(
  BARE_QUEUE,
  ({ data: { callSid } }) => postUpdate(agent, stubUrl, callSid, `http://127.0.0.1:${port}/${callSid}`),
  { connection: { url: redisUrl, maxRetriesPerRequest: null }, concurrency: CONCURRENCY },
);
await worker.waitUntilReady();
tellReady(port);
