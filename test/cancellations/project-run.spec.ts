import { describe, expect, it } from 'vitest';
import { ProjectRun } from '../../src/cancellations/project-run.js';

function afterTaken(count: number): ProjectRun {
  const run = new ProjectRun();
  for (let taken = 0; taken < count; taken += 1) run.taken();
  return run;
}

describe("what a project's answers have said, one after the other", () => {
  it.each([
    [0, false],
    [19, false],
    [20, true],
    [500, true],
  ])('has a throttled request stand alone after %i that were taken: %s', (count, isAlone) => {
    expect(afterTaken(count).throttled()).toBe(isAlone);
  });

  it('has no two throttled requests stand alone, one after the other', () => {
    const run = afterTaken(500);
    run.throttled();
    run.taken();
    expect(run.throttled()).toBe(false);
  });

  it('has news in the first request that is taken after a failure, and in no other', () => {
    const run = afterTaken(1);
    expect(run.taken()).toBe(false);
    run.failed();
    run.failed();
    expect([run.taken(), run.taken()]).toEqual([true, false]);
  });
});
