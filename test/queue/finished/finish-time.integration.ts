import { Worker } from 'bullmq';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CANCELLATIONS_QUEUE } from '../../../src/queue/cancellations.queue.js';
import { finishByClock } from '../../../src/queue/finished/finish-time.js';
import { workerParts } from '../fixtures/worker-parts.js';

const SHARED_NOW = Date.UTC(2020, 0, 1);
const TOKEN = 'token';

/** A worker of the parts' queue on a machine whose clock is years ahead of the shared one. */
async function workerAhead() {
  const parts = await workerParts();
  const options = { connection: parts.redis, prefix: parts.prefix };
  const worker = new Worker(CANCELLATIONS_QUEUE, null, options);
  onTestFinished(async () => {
    await worker.close();
    await parts.close();
  });
  finishByClock(worker, { now: () => SHARED_NOW });
  await parts.add();
  const job = await worker.getNextJob(TOKEN, { block: false });
  if (job === undefined) throw new Error('there is no job');
  return { parts, job };
}

describe('when a job finished', () => {
  it('is told by the shared clock if it completed', async () => {
    const { parts, job } = await workerAhead();
    await job.moveToCompleted({}, TOKEN, false);
    expect((await parts.read(job)).finishedOn).toBe(SHARED_NOW);
  });

  it('is told by the shared clock if it failed', async () => {
    const { parts, job } = await workerAhead();
    await job.moveToFailed(new Error('given up'), TOKEN, false);
    expect((await parts.read(job)).finishedOn).toBe(SHARED_NOW);
  });
});
