import { Pool } from 'undici';
import type { Cancellation } from '../../cancellations/cancellation.js';
import { CANCELLATIONS_QUEUE } from '../../cancellations/cancellations.queue.js';
import { freePort } from '../free-port.js';
import { JobEnds } from '../job-ends.js';
import { localVariables } from '../local-variables.js';
import { ProgramError } from '../program.js';
import type { Program } from '../program.js';
import { untilReady } from '../until-ready.js';
import { readyBeforeEnd, startChild, stopChild } from './child.js';
import type { Contender, Sample } from './sample.js';
import type { BenchSimulator } from './simulator.js';

const PREFIX = '{streamstop-bench}';

/** The service as `npm start` runs it, all roles in one process, used through its API. */
export async function startService(
  program: Program,
  redisUrl: string,
  simulator: BenchSimulator,
): Promise<Contender> {
  const [port, publicPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const variables = localVariables({ port, publicPort, redisUrl, queuePrefix: PREFIX, simulator });
  const child = await program.start(async () => startChild('../../main.js', variables), stopChild);
  await readyBeforeEnd(child, untilReady(`${url}/health/ready`, program.signal));
  const jobEnds = await program.start(
    async () => new JobEnds(redisUrl, CANCELLATIONS_QUEUE, PREFIX),
    (started) => started.close(),
  );
  const api = await program.start(
    async () => new Pool(url),
    (pool) => pool.destroy(),
  );
  return {
    stop: async (callSid) => {
      const ended = jobEnds.next(program.signal);
      const answer = await api.request({
        method: 'POST',
        path: '/cancellations',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ callSid, streamName: 'stream' }),
      });
      const [{ id }] = await Promise.all([answer.body.json() as Promise<Cancellation>, ended]);
      const { body } = await api.request({ method: 'GET', path: `/cancellations/${id}` });
      return sampleOf((await body.json()) as Cancellation);
    },
  };
}

function sampleOf({
  createdAt,
  attempts,
  acceptedAt,
  documentFetchedAt,
  finishedAt,
  status,
}: Cancellation): Sample {
  if (status !== 'succeeded' || attempts.length !== 1) {
    throw new ProgramError(`a cancellation ${status} after ${attempts.length} attempts`);
  }
  const since = (time: string | null | undefined): number => Date.parse(String(time)) - Date.parse(createdAt);
  return {
    sent: since(attempts[0]?.startedAt),
    answered: since(acceptedAt),
    fetched: since(documentFetchedAt),
    succeeded: since(finishedAt),
  };
}
