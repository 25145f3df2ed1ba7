import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'bullmq';
import { Pool } from 'undici';
import type { CeilingJob, CeilingResult, CeilingSetup } from './ceiling.js';

const DOCUMENT =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say></Response>';

/** The least that can do the work: no API, no signature, no validation, no record, no log. */
async function work({ redisUrl, queue, simulator }: CeilingSetup): Promise<void> {
  const fetches = new Map<string, (fetchedAt: number) => void>();
  const documents = createServer((request, response) => {
    fetches.get(request.url ?? '')?.(Date.now());
    response.setHeader('content-type', 'text/xml; charset=utf-8').end(DOCUMENT);
  }).listen(0, '127.0.0.1');
  await once(documents, 'listening');
  const { port } = documents.address() as AddressInfo;

  const pool = new Pool(simulator.url);
  const credentials = Buffer.from(`${simulator.projectId}:${simulator.apiToken}`).toString('base64');
  const headers = {
    authorization: `Basic ${credentials}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  const worker = new Worker<CeilingJob, CeilingResult>(
    queue,
    async ({ data: { callSid } }) => {
      const path = `/${callSid}`;
      const fetched = new Promise<number>((resolve) => fetches.set(path, resolve));
      const sentAt = Date.now();
      const { body } = await pool.request({
        method: 'POST',
        path: `/api/laml/2010-04-01/Accounts/${simulator.projectId}/Calls/${callSid}`,
        headers,
        body: new URLSearchParams({ Url: `http://127.0.0.1:${port}${path}`, Method: 'POST' }).toString(),
      });
      await body.dump();
      const answeredAt = Date.now();
      const fetchedAt = await fetched;
      fetches.delete(path);
      return { sentAt, answeredAt, fetchedAt };
    },
    { connection: { url: redisUrl, maxRetriesPerRequest: null } },
  );
  await worker.waitUntilReady();
  process.send?.('ready');
}

process.once('disconnect', () => process.exit(0));
const [setup] = (await once(process, 'message')) as [CeilingSetup];
await work(setup);
