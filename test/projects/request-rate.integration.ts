import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Project } from '../../src/projects/project.js';
import { RequestRate } from '../../src/projects/request-rate.js';

const LIMIT = 10;

const project = (name: string): Project => ({
  name,
  spaceUrl: 'https://example.signalwire.com',
  projectId: 'project',
  apiToken: 'token',
  signingKeys: [],
  documentUrl: null,
  requiredEvidence: 'document_fetched',
  defaultThen: [],
  maxRequestsPerSecond: LIMIT,
});

describe("a project's requests a second, over all workers", () => {
  let redis: Redis;
  let workers: [RequestRate, RequestRate];

  beforeEach(() => {
    redis = new Redis(inject('redisUrl'));
    const prefix = `{test-${randomUUID()}}`;
    workers = [new RequestRate(redis, prefix), new RequestRate(redis, prefix)];
  });
  afterEach(() => redis.disconnect());

  /** Asked for by both workers in turn. */
  const turns = (count: number, isFresh: boolean, name = 'billing') =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        workers[index % 2 === 0 ? 0 : 1].turn(project(name), isFresh),
      ),
    );

  it('are no more than its limit; those that follow are spread over the next seconds in their order', async () => {
    const waits = await turns(3 * LIMIT, true);
    expect(waits.slice(0, LIMIT)).toEqual(Array.from({ length: LIMIT }, () => 0));
    const later = waits.slice(LIMIT);
    expect(Math.min(...later)).toBeGreaterThan(0);
    expect(later).toEqual(later.toSorted((a, b) => a - b));
    expect(Math.max(...later)).toBeGreaterThan(1500);
    expect(Math.max(...later)).toBeLessThanOrEqual(3000);
  });

  it("leave a share for fresh cancellations, which retries can't take", async () => {
    const retries = await turns(2 * LIMIT, false);
    expect(retries.filter((wait) => wait === 0)).toHaveLength(8);
    expect(await turns(2, true)).toEqual([0, 0]);
  });

  it('are counted for each project by itself', async () => {
    await turns(2 * LIMIT, true);
    expect(await turns(1, true, 'another')).toEqual([0]);
  });
});
