import { setTimeout as delay } from 'node:timers/promises';
import { CANCELLATIONS_QUEUE } from '../../../src/queue/cancellations.queue.js';
import { CountingStub } from '../backlog.js';
import { stopChild } from '../child.js';
import { BARE_PREFIX, bareQueue, ourQueue } from '../jobs.js';
import { linesOf } from '../comparison.js';
import type { Comparison } from '../comparison.js';
import type { BareQueueSetup } from '../programs/bare-queue.js';
import type { BareWorkerSetup } from '../programs/bare-worker.js';
import { memoryOf, redisUsage } from '../redis-usage.js';
import type { RedisUsage } from '../redis-usage.js';
import type { Running } from '../running.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import type { BenchRow } from './row.js';

const CONNECTIONS = 50;
const PREFIX = '{bench-redis}';

const LOOKS_AGAIN_AFTER_MS = 100;

type Used = Readonly<Record<'commands' | 'bytes' | 'waiting' | 'finished', number>>;

interface Side {
  readonly api: Running;
  readonly keys: string;
  readonly completed: string;
  readonly startWorker: () => Promise<Running>;
}

export const redisRow: BenchRow = {
  name: 'redis',
  title: 'What a cancellation costs Redis',
  about: `Cancellations that are asked for over the API while no worker runs, without \`Idempotency-Key\`, and then worked off: the
commands, those within scripts included, and the bytes both ways for all of it (\`INFO\`), and the memory of all keys
(\`MEMORY USAGE\`) for each one that waits and each one that is finished. The ceiling is a bare BullMQ job with the same data, in a
queue whose keys are as long, added by a handler of bare Fastify and worked off by a bare worker.`,
  async measure(stage) {
    const stub = await CountingStub.start(stage);
    const [ours, theirs] = [await ourSide(stage, stub), await bareSide(stage, stub)];
    const rounds = await takeTurns(stage, redisRow.name, {
      ours: (round) => usedBy(stage, stub, ours, round),
      theirs: (round) => usedBy(stage, stub, theirs, round),
    });
    const quantities: readonly [keyof Used, string][] = [
      ['commands', 'Redis commands'],
      ['bytes', 'bytes to and from Redis'],
      ['waiting', 'memory while it waits, bytes'],
      ['finished', 'memory once it is finished, bytes'],
    ];
    return quantities.map(([key, quantity]): Comparison => {
      const compared = { what: 'each cancellation', quantity, ceiling: 'bare BullMQ job' };
      return { ...compared, ...linesOf(rounds, key), goal: { atMost: 1.5 } };
    });
  },
};

async function ourSide(stage: Stage, stub: CountingStub): Promise<Side> {
  return {
    api: await stage.service({ roles: 'api', prefix: PREFIX }),
    keys: PREFIX,
    completed: `${ourQueue(PREFIX)}:completed`,
    startWorker: () =>
      stage.service({ roles: 'worker,documents', prefix: PREFIX, stubUrl: stub.running.url }),
  };
}

async function bareSide(stage: Stage, stub: CountingStub): Promise<Side> {
  const setup: BareQueueSetup = { redisUrl: stage.redisUrl, queue: CANCELLATIONS_QUEUE };
  const worker: BareWorkerSetup = { ...setup, stubUrl: stub.running.url };
  return {
    api: await stage.run('bare-queue', 'service', setup),
    keys: BARE_PREFIX,
    completed: `${bareQueue(CANCELLATIONS_QUEUE)}:completed`,
    startWorker: () => stage.run('bare-worker', 'service', worker),
  };
}

async function usedBy(stage: Stage, stub: CountingStub, side: Side, round: number): Promise<Used> {
  const { redis } = stage;
  const amount = stage.choose(5000, 1000);
  const before = await memoryOf(redis, side.keys);
  const accepting = await usedWhile(stage, async () => {
    await stage.load({
      url: side.api.url,
      connections: CONNECTIONS,
      amount,
      requests: {
        kind: 'cancellations',
        authorization: stage.authorization,
        name: `redis-${round}`,
        withIdempotencyKey: false,
      },
    });
  });
  const waiting = await memoryOf(redis, side.keys);
  let looks = 0;
  const isOver = async (): Promise<boolean> => {
    looks += 1;
    return (await redis.zcard(side.completed)) >= amount * round;
  };
  const working = await usedWhile(stage, async () => {
    const worker = await side.startWorker();
    await stub.fetches(amount);
    while (!(await isOver())) await delay(LOOKS_AGAIN_AFTER_MS);
    await stopChild(worker.child);
  });
  const finished = await memoryOf(redis, side.keys);
  return {
    commands: (accepting.commands + working.commands - looks) / amount,
    bytes: (accepting.bytes + working.bytes) / amount,
    waiting: (waiting - before) / amount,
    finished: (finished - before) / amount,
  };
}

async function usedWhile({ redis }: Stage, work: () => Promise<void>): Promise<RedisUsage> {
  const before = await redisUsage(redis);
  await work();
  const after = await redisUsage(redis);
  return { commands: after.commands - before.commands, bytes: after.bytes - before.bytes };
}
