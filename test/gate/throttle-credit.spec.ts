import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThrottleCredit } from '../../src/gate/throttle-credit.js';

function afterTaken(count: number): ThrottleCredit {
  const credit = new ThrottleCredit();
  for (let taken = 0; taken < count; taken += 1) credit.taken();
  return credit;
}

describe('a throttled request among many accepted ones', () => {
  it.each([
    [0, false],
    [19, false],
    [20, true],
    [500, true],
  ])('stands alone after %i accepted requests: %s', (count, isAlone) => {
    expect(afterTaken(count).throttled()).toBe(isAlone);
  });

  it.each([100, 500])(
    'stands alone five times in a row after %i accepted requests, not six times',
    (count) => {
      const credit = afterTaken(count);
      const areAlone = Array.from({ length: 6 }, () => credit.throttled());
      expect(areAlone).toEqual([true, true, true, true, true, false]);
    },
  );

  it('uses up the credit of 20 accepted requests', () => {
    const credit = afterTaken(39);
    expect([credit.throttled(), credit.throttled()]).toEqual([true, false]);
    for (let taken = 0; taken < 19; taken += 1) credit.taken();
    expect(credit.throttled()).toBe(false);
  });

  it('stands alone once in every 50 requests, wherever it comes among them', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(49), { maxLength: 50 }), (places) => {
        const credit = afterTaken(100);
        for (const place of places) {
          for (let before = 0; before < place; before += 1) credit.taken();
          expect(credit.throttled()).toBe(true);
          for (let after = place + 1; after < 50; after += 1) credit.taken();
        }
      }),
    );
  });

  it('ends a row of failures with the first accepted request, and with no other', () => {
    const credit = afterTaken(1);
    expect(credit.taken()).toBe(false);
    credit.failed();
    credit.failed();
    expect([credit.taken(), credit.taken()]).toEqual([true, false]);
  });
});
