import { processorTimeOf } from '../breakdown.js';
import type { Breakdown } from '../breakdown.js';
import type { Comparison } from '../comparison.js';
import { measuredLoad, perThing, processorTimesIn, quantitiesOf } from '../measured-load.js';
import type { Measured, Target } from '../measured-load.js';
import type { BareQueueSetup } from '../programs/bare-queue.js';
import type { Running } from '../running.js';
import type { Stage } from '../stage.js';
import type { BenchRow } from './row.js';

const CONNECTIONS = 50;
export const BATCH = 100;
export const BATCH_CONNECTIONS = 10;

export const apiRow: BenchRow = {
  name: 'api',
  title: 'The API',
  about: `\`POST /cancellations\` at the role \`api\`, over ${CONNECTIONS} connections, with an API key and an \`Idempotency-Key\`, no two requests
alike and no worker. The ceiling is a handler of bare Fastify that adds a job with the same data by \`queue.add\`: no
authentication, validation, idempotency, deduplication or log. Then the same with \`POST /cancellations/batch\`, ${BATCH} at a time over
${BATCH_CONNECTIONS} connections; the ceiling adds as many by \`queue.addBulk\`.`,
  async measure(stage) {
    const service = await stage.service({ roles: 'api', prefix: '{bench-api}' });
    const setup: BareQueueSetup = { redisUrl: stage.redisUrl, queue: 'ceiling' };
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
    return [single, batch].flatMap((compared): Comparison[] => quantitiesOf(stage, compared));
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
  const connections = batch === undefined ? CONNECTIONS : BATCH_CONNECTIONS;
  const work = (side: string) => (running: Running) => {
    const target = targetOf(stage, running, { name: `profile-${side}-${batch ?? 1}`, batch });
    return measuredLoad(stage, target, connections, stage.choose(6, 1));
  };
  return processorTimeOf(stage, each, {
    ours: {
      eachUs: times.ours,
      start: (profileTo) => stage.service({ roles: 'api', prefix: '{bench-profile}', profileTo }),
      work: work('ours'),
    },
    theirs: {
      eachUs: times.theirs,
      start: (profileTo) => stage.run('bare-queue', 'service', setup, profileTo),
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
  const measure = async (running: Running, seconds: number): Promise<Measured> => {
    number += 1;
    const target = targetOf(stage, running, { name: `load-${batch ?? 1}-${number}`, batch });
    const connections = batch === undefined ? CONNECTIONS : BATCH_CONNECTIONS;
    return perThing(await measuredLoad(stage, target, connections, seconds), batch ?? 1);
  };
  const rounds = { ours: [] as Measured[], theirs: [] as Measured[] };
  for (const one of [service, ceiling]) await measure(one, stage.choose(3, 1));
  await stage.eachRound(name, async () => {
    const seconds = stage.choose(5, 1);
    rounds.ours.push(await measure(service, seconds));
    rounds.theirs.push(await measure(ceiling, seconds));
  });
  return rounds;
}
