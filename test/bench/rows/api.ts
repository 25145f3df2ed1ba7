import { processorTimeOf } from '../breakdown.js';
import type { Breakdown } from '../breakdown.js';
import type { Comparison } from '../comparison.js';
import { takeBack } from '../clearing.js';
import { bareQueue, ourQueue } from '../jobs.js';
import { measuredLoad, perThing } from '../measured-load.js';
import type { Measured, Target } from '../measured-load.js';
import type { BareQueueSetup } from '../programs/bare-queue.js';
import { processorTimesIn, quantitiesOf } from '../quantities.js';
import type { Running } from '../running.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import type { BenchRow } from './row.js';

export const CONNECTIONS = 50;
export const BATCH = 100;
const PREFIX = '{bench-api}';
const CEILING = 'ceiling';

export const apiRow: BenchRow = {
  name: 'api',
  title: 'The API',
  about: `\`POST /cancellations\` at the role \`api\`, over ${CONNECTIONS} connections, with an API key and an \`Idempotency-Key\`, no two requests
alike and no worker; the queue is emptied after each round. The ceiling is a handler of bare Fastify that adds a job with the
same data by \`queue.add\`: no authentication, validation, idempotency, deduplication or log. Then the same with
\`POST /cancellations/batch\`, ${BATCH} at a time, over as many connections; the ceiling adds as many by \`queue.addBulk\`.`,
  async measure(stage) {
    const service = await stage.service({ roles: 'api', prefix: PREFIX });
    const setup: BareQueueSetup = { redisUrl: stage.redisUrl, queue: CEILING };
    const ceiling = await stage.run('bare-queue', 'service', setup);
    const single = {
      what: '`POST /cancellations`',
      ceiling: 'bare Fastify with `queue.add`',
      rounds: await roundsOf(stage, service, ceiling),
      goal: { atLeast: 0.8 },
    };
    const batch = {
      what: `the same with \`batch\` of ${BATCH}`,
      ceiling: `bare Fastify with \`queue.addBulk(${BATCH})\``,
      thing: 'cancellation',
      rounds: await roundsOf(stage, service, ceiling, BATCH),
      goal: { atLeast: 0.8 },
    };
    return [single, batch].flatMap((compared): Comparison[] => quantitiesOf(compared));
  },
  async explain(stage, outcomes) {
    const [single, batch] = processorTimesIn(outcomes);
    return [
      ...(single ? [await explained(stage, 'a request for one cancellation', single)] : []),
      ...(batch ? [await explained(stage, `a cancellation in a batch of ${BATCH}`, batch, BATCH)] : []),
    ];
  },
};

function explained(
  stage: Stage,
  each: string,
  times: { ours: number; theirs: number },
  batch?: number,
): Promise<Breakdown> {
  const setup: BareQueueSetup = { redisUrl: stage.redisUrl, queue: 'profile' };
  const work = (side: string) => (running: Running) => {
    const target = targetOf(stage, running, { name: `profile-${side}-${batch ?? 1}`, batch });
    return measuredLoad(stage, target, CONNECTIONS, stage.choose(6, 1));
  };
  return processorTimeOf(stage, each, {
    ours: {
      eachUs: times.ours,
      start: (profileTo) => stage.service({ roles: 'api', prefix: '{bench-profile}', profileTo }),
      work: work('ours'),
    },
    theirs: {
      eachUs: times.theirs,
      start: (profileTo) => stage.run('bare-queue', 'service', setup, { profileTo }),
      work: work('bare'),
    },
  });
}

/** Requests for cancellations of their own. */
export const targetOf = (
  { authorization }: Stage,
  { url, pid }: Running,
  { name, batch }: { name: string; batch?: number | undefined },
): Target => ({
  url,
  pid,
  requests: { kind: 'cancellations', authorization, name, withIdempotencyKey: true, batch },
});

/** @param batch how many cancellations a request asks for, where that is the route for batches */
async function roundsOf(stage: Stage, service: Running, ceiling: Running, batch?: number) {
  const name = batch === undefined ? apiRow.name : `${apiRow.name}, ${batch} at a time`;
  let number = 0;
  const measure = async (running: Running, queue: string, seconds: number): Promise<Measured> => {
    number += 1;
    const target = targetOf(stage, running, { name: `load-${batch ?? 1}-${number}`, batch });
    const measured = await measuredLoad(stage, target, CONNECTIONS, seconds);
    await takeBack(stage.redis, queue);
    return perThing(measured, batch ?? 1);
  };
  const ours = (seconds: number): Promise<Measured> => measure(service, ourQueue(PREFIX), seconds);
  const theirs = (seconds: number): Promise<Measured> => measure(ceiling, bareQueue(CEILING), seconds);
  for (const side of [ours, theirs]) await side(stage.choose(3, 1));
  const seconds = stage.choose(5, 1);
  return takeTurns(stage, name, { ours: () => ours(seconds), theirs: () => theirs(seconds) });
}
