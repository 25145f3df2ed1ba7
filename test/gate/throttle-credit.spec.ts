import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProjectRun } from '../../src/gate/project-run.js';

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

  it.each([100, 500])(
    'has five throttled requests in a row stand alone after %i, and not the sixth',
    (count) => {
      const run = afterTaken(count);
      const areAlone = Array.from({ length: 6 }, () => run.throttled());
      expect(areAlone).toEqual([true, true, true, true, true, false]);
    },
  );

  it('counts on from what is left, of which a throttled request takes twenty', () => {
    const run = afterTaken(39);
    expect([run.throttled(), run.throttled()]).toEqual([true, false]);
    for (let taken = 0; taken < 19; taken += 1) run.taken();
    expect(run.throttled()).toBe(false);
  });

  it('has one throttled request in each fifty stand alone, wherever among them it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(49), { maxLength: 50 }), (places) => {
        const run = afterTaken(100);
        for (const place of places) {
          for (let before = 0; before < place; before += 1) run.taken();
          expect(run.throttled()).toBe(true);
          for (let after = place + 1; after < 50; after += 1) run.taken();
        }
      }),
    );
  });

  it('has news in the first request that is taken after a failure, and in no other', () => {
    const run = afterTaken(1);
    expect(run.taken()).toBe(false);
    run.failed();
    run.failed();
    expect([run.taken(), run.taken()]).toEqual([true, false]);
  });
});
