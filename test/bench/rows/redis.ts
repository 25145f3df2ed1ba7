import { stopChild } from '../child.js';
import { CountingStub, fill } from '../measure/backlog.js';
import { commandsOf, usedMemory } from '../measure/redis-usage.js';
import { comparePlain } from '../results/comparison.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import { sidesOf } from './backlog.js';
import type { BenchRow } from './row.js';

type Used = Readonly<Record<'commands' | 'waitingBytes' | 'finishedBytes', number>>;
type Sides = Awaited<ReturnType<typeof sidesOf>>;

const COMPARED = { what: 'each cancellation', ceiling: 'bare BullMQ job' };
const CONNECTIONS = 50;
const MOST_ROUNDS = 3;

export const redisRow: BenchRow = {
  name: 'redis',
  title: 'What a cancellation costs Redis',
  about: `Cancellations are requested one by one while no worker runs, then worked off. Commands include those inside scripts (\`INFO commandstats\`)
and cover both parts; memory is what Redis uses more (\`INFO memory\`), divided by the number of cancellations, while they wait and once
they are finished. All sides keep finished jobs. The ceiling is a bare BullMQ job with default options.

While a cancellation waits, the service keeps two keys more than the plain build: the deduplication key of its stream, and the set of what
is wanted of its call. Its job also holds what the call does after the stop.`,
  async measure(stage) {
    const stub = await CountingStub.start(stage);
    const sides = await sidesOf(stage, stub.url);
    const used = (side: keyof Sides) => () => usedBy(stage, stub, sides[side]);
    const turns = { ours: used('ours'), plain: used('plain'), ceiling: used('ceiling') };
    const rounds = await takeTurns(stage, redisRow.name, turns, MOST_ROUNDS);
    return [
      comparePlain(rounds, 'commands', {
        ...COMPARED,
        quantity: 'Redis commands',
        goal: { atMost: 2 },
        chart: { label: 'Redis commands', unit: '', better: 'lower' },
      }),
      comparePlain(rounds, 'waitingBytes', {
        ...COMPARED,
        quantity: 'memory while waiting, bytes',
        goal: { atMost: 1.5 },
        chart: { label: 'Redis memory, waiting', unit: 'B', better: 'lower' },
      }),
      comparePlain(rounds, 'finishedBytes', { ...COMPARED, quantity: 'memory once finished, bytes' }),
    ];
  },
};

async function usedBy(
  stage: Stage,
  stub: CountingStub,
  { side, api, startWorker }: Sides[keyof Sides],
): Promise<Used> {
  const { redis } = stage;
  const amount = stage.choose(3000, 1000);
  // Afterwards the scripts are loaded and buffers have their size.
  await fill(stage, api, 'first', 100);
  const memory = await usedMemory(redis);
  const commands = await commandsOf(redis);
  await stage.load({
    url: api.url,
    connections: CONNECTIONS,
    amount,
    requests: {
      kind: 'cancellations',
      authorization: stage.authorization,
      name: 'redis',
      withIdempotencyKey: false,
    },
  });
  const waiting = await usedMemory(redis);
  const worker = await startWorker();
  await stub.fetches(amount + 100);
  await stopChild(worker.child);
  const used = {
    commands: ((await commandsOf(redis)) - commands) / amount,
    waitingBytes: (waiting - memory) / amount,
    finishedBytes: ((await usedMemory(redis)) - memory) / amount,
  };
  await stage.empty(side);
  return used;
}
