import { describe, expect, it } from 'vitest';
import { coresIn, placesOn } from '../cores.js';

describe('the cores of the bench', () => {
  it("are parsed from Linux's list", () => {
    expect(coresIn('\t0-2,6\n')).toEqual([0, 1, 2, 6]);
    expect(coresIn('3')).toEqual([3]);
    expect(coresIn('')).toEqual([]);
  });

  it('give the measured program one of its own', () => {
    expect(placesOn([0])).toBeNull();
    expect(placesOn([4, 5])).toEqual({ service: 4, load: 5, redis: 5, stub: 5 });
    expect(placesOn([0, 1, 2])).toEqual({ service: 0, load: 1, redis: 2, stub: 1 });
    expect(placesOn([0, 1, 2, 3, 4])).toEqual({ service: 0, load: 1, redis: 2, stub: 3 });
  });
});
