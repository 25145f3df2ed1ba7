import type { Running } from '../child.js';
import { CONNECTIONS, measuredLoad, perThing, WARM_UP_S, warmUp } from '../measure/measured-load.js';
import type { Measured, Target } from '../measure/measured-load.js';
import { explainMissed } from '../measure/processor-time.js';
import { compareRates } from '../measure/quantities.js';
import type { BareQueueSetup } from '../programs/bare-queue.js';
import { comparePlain } from '../results/comparison.js';
import type { Comparison, Goal, Rounds, Side } from '../results/comparison.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import type { BenchRow } from './row.js';

export const BATCH = 100;

/** With as many as for single requests, thousands of cancellations would wait in the server. */
const BATCH_CONNECTIONS = 10;

const SINGLE = '`POST /cancellations`';
const BATCHED = `\`POST /cancellations/batch\` of ${BATCH}`;
const GOAL: Goal = { atLeast: 1.2 };

export const apiRow: BenchRow = {
  name: 'api',
  title: 'Accepting requests',
  about: `\`POST /cancellations\` over ${CONNECTIONS} connections, without a worker, each request for another call. The service runs with the role
\`api\` and checks an API key and an \`Idempotency-Key\`; the other two ignore both headers. Then \`POST /cancellations/batch\` with ${BATCH} entries over
${BATCH_CONNECTIONS} connections.
The ceiling is bare Fastify with \`queue.add\` or \`queue.addBulk\`.

A request costs the service two Redis commands and its key two more, one after the other: it reserves the key, registers the cancellation
with its call's lane, adds the job and settles the key. It also logs each cancellation and answers with the whole record. The plain
build adds the job and answers with its id.`,
  async measure(stage) {
    const service = await stage.service({ roles: 'api' });
    const plain = await stage.plain({ worker: false });
    const ceiling = await stage.run('bare-queue', 'service', ceilingSetup(stage));
    const sides = { ours: service, plain, ceiling };
    const single = await roundsOf(stage, sides);
    const batch = await roundsOf(stage, sides, BATCH);
    return [
      ...compared(single, {
        what: SINGLE,
        ceiling: 'bare Fastify with `queue.add`',
        thing: 'requests',
        goal: GOAL,
        chart: { label: 'POST /cancellations', unit: '/s', better: 'higher' },
      }),
      ...compared(batch, {
        what: BATCHED,
        ceiling: `bare Fastify with \`queue.addBulk(${BATCH})\``,
        thing: 'cancellations',
        goal: GOAL,
        chart: { label: `batches of ${BATCH}`, unit: '/s', better: 'higher' },
      }),
    ];
  },
  async explain(stage, outcomes) {
    const sidesOf = (batch?: number) => {
      const loaded = (name: string) => ({
        warmUp: (running: Running) =>
          warmUp(stage, targetOf(stage, running, { name: `${name}-first`, batch })),
        work: (running: Running) =>
          measuredLoad(stage, targetOf(stage, running, { name, batch }), stage.choose(3, 2)),
      });
      return {
        ours: {
          start: (profileTo: string) => stage.service({ roles: 'api', profileTo }),
          ...loaded(`profile-ours-${batch ?? 1}`),
        },
        plain: {
          start: (profileTo: string) => stage.plain({ worker: false, profileTo }),
          ...loaded(`profile-plain-${batch ?? 1}`),
        },
      };
    };
    return [
      ...(await explainMissed(stage, outcomes, { what: SINGLE, of: 'one request' }, sidesOf())),
      ...(await explainMissed(
        stage,
        outcomes,
        { what: BATCHED, of: `one cancellation in a batch of ${BATCH}` },
        sidesOf(BATCH),
      )),
    ];
  },
};

const compared = (rounds: Rounds<Measured>, row: Parameters<typeof compareRates>[1]): Comparison[] => [
  ...compareRates(rounds, row),
  comparePlain(rounds, 'p99Ms', { what: row.what, ceiling: row.ceiling, quantity: 'p99, ms' }),
];

const ceilingSetup = (stage: Stage): BareQueueSetup => ({ redisUrl: stage.redisUrlOf('ceiling') });

/** Requests for cancellations of their own. */
export const targetOf = (
  { authorization }: Pick<Stage, 'authorization'>,
  { url, pid }: Running,
  { name, batch }: { readonly name: string; readonly batch?: number | undefined },
): Target => ({
  url,
  pid,
  connections: batch === undefined ? CONNECTIONS : BATCH_CONNECTIONS,
  requests: {
    kind: 'cancellations',
    authorization,
    name,
    withIdempotencyKey: true,
    batch,
  },
});

/** @param batch the entries of a request; absent = one request per cancellation */
async function roundsOf(
  stage: Stage,
  sides: Readonly<Record<Side, Running>>,
  batch?: number,
): Promise<Rounds<Measured>> {
  let number = 0;
  const measure = async (side: Side, seconds: number): Promise<Measured> => {
    number += 1;
    const target = targetOf(stage, sides[side], { name: `load-${batch ?? 1}-${number}`, batch });
    const measured = await measuredLoad(stage, target, seconds);
    await stage.empty(side);
    return perThing(measured, batch ?? 1);
  };
  for (const side of ['ours', 'plain', 'ceiling'] as const) await measure(side, stage.choose(WARM_UP_S, 1));
  const seconds = 2;
  return takeTurns(stage, batch === undefined ? 'requests' : 'batches', {
    ours: () => measure('ours', seconds),
    plain: () => measure('plain', seconds),
    ceiling: () => measure('ceiling', seconds),
  });
}
