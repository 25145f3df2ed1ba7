import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { overdueJobs } from '../../src/queue/overdue-jobs.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';
import { workerParts } from './fixtures/worker-parts.js';
import type { WorkerParts } from './fixtures/worker-parts.js';

describe('delayed jobs that are overdue', () => {
  let parts: WorkerParts;
  beforeEach(async () => {
    parts = await workerParts();
  });
  afterEach(() => parts.close());

  const overdue = (latest: number, most = 100) => overdueJobs(parts.redis, parts.queue, latest, most);

  const dueAt = ({ timestamp, delay }: CancellationJob): number => timestamp + delay;

  /** Due one second after the other, from an hour on. */
  async function delayed(count: number): Promise<CancellationJob[]> {
    const jobs: CancellationJob[] = [];
    for (let index = 0; index < count; index += 1) jobs.push(await parts.add({}, 3_600_000 + index * 1000));
    return jobs;
  }

  it('are those whose time has come, oldest first', async () => {
    const jobs = await delayed(3);
    const [first, second] = jobs.map(({ id }) => id);
    const latest = dueAt(jobs[1] as CancellationJob) + 1;
    expect(await overdue(latest)).toEqual([first, second]);
  });

  it('are none before their time, and none that are not delayed', async () => {
    const [job] = await delayed(1);
    await parts.add();
    expect(await overdue(dueAt(job as CancellationJob) - 1)).toEqual([]);
  });

  it('are no more at once than asked for', async () => {
    const jobs = await delayed(3);
    expect(await overdue(Date.now() + 86_400_000, 2)).toEqual(jobs.slice(0, 2).map(({ id }) => id));
  });

  it('are no longer overdue once they were started', async () => {
    const [job] = await delayed(1);
    await parts.cancellations.startNow([String(job?.id)]);
    expect(await overdue(Date.now() + 86_400_000)).toEqual([]);
  });
});
