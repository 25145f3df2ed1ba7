import { describe, expect, it } from 'vitest';
import { boarding, decisive } from '../../src/lane/boarding.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';

const job = (id: string, createdAt: number, isThenRequested = false, streamName = id): CancellationJob =>
  ({ id, data: { createdAt, isThenRequested, streamName } }) as unknown as CancellationJob;

const ids = (jobs: readonly CancellationJob[]) => jobs.map(({ id }) => id);

describe('what the call does next', () => {
  it('is what the newest wants, in whatever order they stand', () => {
    expect(decisive([job('c', 3), job('a', 1), job('b', 2)])?.id).toBe('c');
    expect(decisive([job('a', 1), job('b', 1)])?.id).toBe('b');
  });

  it('is what a request said, before any default', () => {
    const jobs = [job('a', 1, true), job('b', 2, true), job('c', 3)];
    expect(decisive(jobs)?.id).toBe('b');
  });

  it('is nothing where there is nobody', () => {
    expect(decisive([])).toBeUndefined();
    expect(boarding([], [])).toEqual([]);
  });
});

describe('those that one document stops', () => {
  it('are the one that decides, then those of the same request, then the oldest', () => {
    const jobs = [job('d', 4), job('b', 2, true), job('a', 1), job('c', 3)];
    expect(ids(boarding(jobs, ['c']))).toEqual(['b', 'c', 'a', 'd']);
  });

  it('are twenty at most, the one that decides among them', () => {
    const jobs = Array.from({ length: 30 }, (_, index) => job(`${index + 10}`, index, index === 25));
    const aboard = boarding(jobs, []);
    expect(aboard).toHaveLength(20);
    expect(aboard[0]?.id).toBe('35');
  });

  it('have names that fit into one address', () => {
    const jobs = Array.from({ length: 9 }, (_, index) => job(`${index}`, index, false, 'x'.repeat(256)));
    expect(boarding(jobs, [])).toHaveLength(3);
  });
});
