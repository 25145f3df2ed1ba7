import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { GateState } from '../../src/gate/gate-state.js';
import { gateKey } from '../../src/gate/gate-keys.js';
import { testProject } from '../projects/fixtures/project.js';

const LIMIT = 10;

describe("a project's requests per second, over all workers", () => {
  let redis: Redis;
  let gateOf: (name: string) => string;
  let workers: [GateState, GateState];

  beforeEach(() => {
    redis = new Redis(inject('redisUrl'));
    const prefix = `{test-${randomUUID()}}`;
    const worker = () => new GateState(redis, prefix, 7000, 20_000);
    workers = [worker(), worker()];
    gateOf = (name) => gateKey(prefix, name);
  });
  afterEach(() => redis.disconnect());

  /** How long each of `count` cancellations waits, asked by both workers in turn. */
  const turns = (count: number, isFresh: boolean, name = 'billing') =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const id = `${index}`;
        const usual = { wakesAt: 0, isLastTry: false, unfetchedCall: null };
        const applicant = { ...usual, id, isFresh };
        const project = testProject(name, { maxRequestsPerSecond: LIMIT });
        const answer = await workers[index % 2 === 0 ? 0 : 1].admit(project, applicant);
        return 'pass' in answer ? answer.turnInMs : NaN;
      }),
    );

  it('are at most its limit; the others are spread over the next seconds in their order', async () => {
    const waits = await turns(3 * LIMIT, true);
    expect(waits.slice(0, LIMIT)).toEqual(Array.from({ length: LIMIT }, () => 0));
    const later = waits.slice(LIMIT);
    expect(Math.min(...later)).toBeGreaterThan(0);
    expect(later).toEqual(later.toSorted((a, b) => a - b));
    expect(Math.max(...later)).toBeGreaterThan(1500);
    expect(Math.max(...later)).toBeLessThanOrEqual(3000);
  });

  it('leave a share for fresh cancellations, which retries cannot take', async () => {
    const retries = await turns(2 * LIMIT, false);
    expect(retries.filter((wait) => wait === 0)).toHaveLength(8);
    expect(await turns(2, true)).toEqual([0, 0]);
  });

  it('are counted per project', async () => {
    await turns(2 * LIMIT, true);
    expect(await turns(1, true, 'another')).toEqual([0]);
  });

  it('are not used up by requests that a closed gate keeps back', async () => {
    await redis.hset(gateOf('billing'), { state: 'throttled', probeAt: Date.now() + 60_000 });
    await turns(2 * LIMIT, true);
    await redis.del(gateOf('billing'));
    expect(await turns(LIMIT, true)).toEqual(Array.from({ length: LIMIT }, () => 0));
  });
});
