import { Queue } from 'bullmq';
import { fastify } from 'fastify';
import { BARE_QUEUE } from './constants.js';
import type { BareJob } from './constants.js';
import { givenSetup, tellReady } from './setup.js';

export interface BareQueueSetup {
  readonly redisUrl: string;
}

/** Bare Fastify with `queue.add` and `queue.addBulk`: no validation, no log. */
const { redisUrl } = givenSetup() as BareQueueSetup;
const queue = new Queue<BareJob>(BARE_QUEUE, { connection: { url: redisUrl } });
const server = fastify({ bodyLimit: 2 ** 20 });
server.post('/cancellations', async (request, reply) => {
  const { id } = await queue.add('stop', request.body as BareJob);
  return reply.code(202).send({ id });
});
server.post('/cancellations/batch', async (request, reply) => {
  const { cancellations } = request.body as { cancellations: BareJob[] };
  const jobs = await queue.addBulk(cancellations.map((data) => ({ name: 'stop', data })));
  return reply.code(202).send({ items: jobs.map(({ id }) => ({ id })) });
});
await queue.waitUntilReady();
tellReady(Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port));
