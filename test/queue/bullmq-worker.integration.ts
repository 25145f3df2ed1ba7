import { Worker } from 'bullmq';
import { ReplyError } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { changeWorker } from '../../src/queue/bullmq-worker.js';
import { CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';
import { workerParts } from './fixtures/worker-parts.js';
import type { WorkerParts } from './fixtures/worker-parts.js';

/** Years behind the machine's clock. */
const SHARED_NOW = Date.UTC(2020, 0, 1);
const TOKEN = 'token';

/** Fails if BullMQ's worker asks for jobs, or ends them, in another way. */
describe("what is changed in BullMQ's worker", () => {
  let parts: WorkerParts;
  let worker: Worker;
  const onAnswer = vi.fn<() => void>();

  beforeEach(async () => {
    parts = await workerParts();
    worker = new Worker(CANCELLATIONS_QUEUE, null, { connection: parts.redis, prefix: parts.prefix });
    onAnswer.mockClear();
    onTestFinished(async () => {
      await worker.close();
      await parts.close();
    });
  });

  const change = () => changeWorker(worker, { clock: { now: () => SHARED_NOW }, onAnswer });
  const ask = () => worker.getNextJob(TOKEN, { block: false });

  async function taken(): Promise<CancellationJob> {
    change();
    await parts.add();
    return (await ask()) as CancellationJob;
  }

  it('tells by the shared clock when a job completed', async () => {
    const job = await taken();
    await job.moveToCompleted({}, TOKEN, false);
    expect((await parts.read(job)).finishedOn).toBe(SHARED_NOW);
  });

  it('tells by the shared clock when a job failed', async () => {
    const job = await taken();
    await job.moveToFailed(new Error('given up'), TOKEN, false);
    expect((await parts.read(job)).finishedOn).toBe(SHARED_NOW);
  });

  it('tells of each answer of Redis, with or without a job', async () => {
    await taken();
    expect(onAnswer).toHaveBeenCalled();
    onAnswer.mockClear();
    expect(await ask()).toBeUndefined();
    expect(onAnswer).toHaveBeenCalledTimes(1);
  });

  it('waits a second after Redis refused a request for a job, passes the refusal on, and tells of it', async () => {
    const refused = new ReplyError('NOPERM this user has no permissions') as Error;
    vi.spyOn(worker.backend, 'moveToActive').mockRejectedValue(refused);
    change();
    const start = performance.now();
    await expect(ask()).rejects.toThrow('NOPERM');
    expect(performance.now() - start).toBeGreaterThan(990);
    expect(onAnswer).toHaveBeenCalledTimes(1);
  });
});
