import { Worker } from 'bullmq';
import { ReplyError } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CANCELLATIONS_QUEUE } from '../../../src/queue/cancellations.queue.js';
import { paceRefusals } from '../../../src/queue/refusals/paced-asking.js';
import { workerParts } from '../fixtures/worker-parts.js';

it('waits a second after Redis refused a request for a job, and passes the refusal on', async () => {
  const parts = await workerParts();
  const options = { connection: parts.redis, prefix: parts.prefix };
  const worker = new Worker(CANCELLATIONS_QUEUE, null, options);
  onTestFinished(async () => {
    await worker.close();
    await parts.close();
  });
  const refused = new ReplyError('NOPERM this user has no permissions') as Error;
  vi.spyOn(worker.backend, 'moveToActive').mockRejectedValue(refused);
  paceRefusals(worker);
  const start = performance.now();
  await expect(worker.getNextJob('token', { block: false })).rejects.toThrow('NOPERM');
  expect(performance.now() - start).toBeGreaterThan(990);
});
