import { Queue } from 'bullmq';
import { fastify } from 'fastify';
import type { CancellationData } from '../../../src/cancellation/data.js';
import { BARE_PREFIX, bareJob } from '../jobs.js';
import { givenSetup, tellReady } from './setup.js';

export interface BareQueueSetup {
  readonly redisUrl: string;
  readonly queue: string;
}

/** Handlers with `queue.add` and `queue.addBulk`, and nothing before or after them. */
const { redisUrl, queue: name } = givenSetup() as BareQueueSetup;
const queue = new Queue<CancellationData>(name, { connection: { url: redisUrl }, prefix: BARE_PREFIX });
const server = fastify();
server.post('/cancellations', async (request, reply) => {
  const { callSid } = request.body as { callSid: string };
  const { name: jobName, data } = bareJob(callSid);
  const { id } = await queue.add(jobName, data);
  return reply.code(202).send({ id, ...data });
});
server.post('/cancellations/batch', async (request, reply) => {
  const { cancellations } = request.body as { cancellations: { callSid: string }[] };
  const jobs = await queue.addBulk(cancellations.map(({ callSid }) => bareJob(callSid)));
  return reply.code(202).send({ items: jobs.map(({ id, data }) => ({ id, ...data })) });
});
await queue.waitUntilReady();
tellReady(Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port));
