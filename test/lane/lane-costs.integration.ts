import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lanes } from '../../src/lane/lanes.js';
import { Register } from '../../src/lane/register.js';
import type { ApiConnection } from '../../src/queue/connections/api.connection.js';
import type { NewCancellation } from '../../src/cancellation/stored-cancellation.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { fenced, freshData, workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

const FEW = 40;
const MANY = 10_000;

const SENT_NOTHING = { isFinished: false, companions: null, isDone: false, keepMs: 0 };

const entry = (callSid: string, age: number): NewCancellation => ({
  id: randomUUID(),
  data: freshData({ callSid, createdAt: Date.now() - 20_000 + age }),
});

describe('the lane of a call for which very many wait', () => {
  let parts: WorkerParts;
  let lanes: Lanes;

  beforeEach(async () => {
    // With no other commands in its statistics.
    const { url } = await ownRedis({});
    parts = await workerParts({ REDIS_URL: url });
    lanes = new Lanes(parts.connection, parts.cancellations, parts.clock, parts.environment);
    // Redis knows the scripts from here on.
    const first = entry('warm-up', 0);
    await lanes.take(first);
    await lanes.leave(await fenced(parts, first), SENT_NOTHING);
  });
  afterEach(() => parts.close());

  /** @returns the oldest */
  async function crowd(size: number): Promise<NewCancellation> {
    const entries = Array.from({ length: size }, (_, age) => entry(`call of ${size}`, age));
    await new Register({ redis: parts.redis } as ApiConnection, parts.environment).add(entries);
    return entries[0] as NewCancellation;
  }

  /** Of Redis, those within scripts included. */
  async function commandsOf(step: () => Promise<unknown>): Promise<number> {
    await parts.redis.config('RESETSTAT');
    await step();
    const info = await parts.redis.info('commandstats');
    return [...info.matchAll(/^cmdstat_(?!info|config)[^:]+:calls=(\d+)/gm)].reduce(
      (sum, [, calls]) => sum + Number(calls),
      0,
    );
  }

  async function costs(size: number) {
    const own = await crowd(size);
    const late = entry(own.data.callSid, size);
    const leaver = await fenced(parts, own);
    return {
      take: await commandsOf(() => lanes.take(own)),
      wait: await commandsOf(() => lanes.take(late)),
      leave: await commandsOf(() => lanes.leave(leaver, SENT_NOTHING)),
    };
  }

  it('reads the 30 oldest of them only', async () => {
    const turn = await lanes.take(await crowd(100));
    expect(turn).toMatchObject({ isMine: true, members: { length: 30 } });
  });

  it(`takes as many commands with ${MANY} as with ${FEW}`, async () => {
    expect(await costs(MANY)).toEqual(await costs(FEW));
  });
});
