import { once } from 'node:events';
import { Queue } from 'bullmq';
import { JobEnds } from '../job-ends.js';
import { ProgramError } from '../program.js';
import type { Program } from '../program.js';
import { readyBeforeEnd, startChild, stopChild } from './child.js';
import type { Contender } from './sample.js';
import type { BenchSimulator } from './simulator.js';

const QUEUE = 'ceiling';

export interface CeilingSetup {
  readonly redisUrl: string;
  readonly queue: string;
  readonly simulator: Pick<BenchSimulator, 'url' | 'projectId' | 'apiToken'>;
}

export interface CeilingJob {
  readonly callSid: string;
}

/** Epoch milliseconds. */
export interface CeilingResult {
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly fetchedAt: number;
}

/** What the same libraries can do at best: `queue.add`, a worker, a POST, a document from `node:http`. */
export async function startCeiling(
  program: Program,
  redisUrl: string,
  { url, projectId, apiToken }: BenchSimulator,
): Promise<Contender> {
  const child = await program.start(async () => startChild('./ceiling.worker.js'), stopChild);
  const ready = once(child, 'message', { signal: program.signal });
  child.send({ redisUrl, queue: QUEUE, simulator: { url, projectId, apiToken } } satisfies CeilingSetup);
  await readyBeforeEnd(child, ready);
  const queue = await program.start(
    async () => new Queue<CeilingJob, CeilingResult>(QUEUE, { connection: { url: redisUrl } }),
    (started) => started.close(),
  );
  queue.on('error', () => undefined);
  const jobEnds = await program.start(
    async () => new JobEnds(redisUrl, QUEUE, 'bull'),
    (started) => started.close(),
  );
  return {
    stop: async (callSid) => {
      const ended = jobEnds.next(program.signal);
      const acceptedAt = Date.now();
      const [{ id }] = await Promise.all([queue.add('stop', { callSid }), ended]);
      const job = await queue.getJob(String(id));
      if (!job?.returnvalue || job.finishedOn === undefined) {
        throw new ProgramError(`a job of the ceiling failed: ${job?.failedReason}`);
      }
      const { sentAt, answeredAt, fetchedAt } = job.returnvalue;
      return {
        sent: sentAt - acceptedAt,
        answered: answeredAt - acceptedAt,
        fetched: fetchedAt - acceptedAt,
        succeeded: job.finishedOn - acceptedAt,
      };
    },
  };
}
