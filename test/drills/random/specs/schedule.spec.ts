import { describe, expect, it } from 'vitest';
import { scheduleOf, TARGETS } from '../schedule.js';

const MINUTES_2 = 120_000;

describe('the schedule of a random run', () => {
  it('is the same for the same seed and another one for another seed', () => {
    expect(scheduleOf(7, MINUTES_2)).toEqual(scheduleOf(7, MINUTES_2));
    expect(scheduleOf(7, MINUTES_2)).not.toEqual(scheduleOf(8, MINUTES_2));
  });

  it('breaks every target, one thing at a time, and leaves each repaired', () => {
    for (const seed of [1, 2, 3]) {
      const { breakages } = scheduleOf(seed, MINUTES_2);
      for (const target of TARGETS) {
        const own = breakages.filter((one) => one.target === target);
        expect(own.length).toBeGreaterThan(0);
        expect(own.at(-1)?.forMs).toBeLessThanOrEqual(MINUTES_2 - (own.at(-1)?.atMs ?? 0));
        for (const [place, { atMs }] of own.slice(1).entries()) {
          const before = own[place];
          expect(atMs).toBeGreaterThan((before?.atMs ?? 0) + (before?.forMs ?? 0));
        }
      }
    }
  });

  it('names only streams that its calls have', () => {
    const { requests, calls } = scheduleOf(3, MINUTES_2);
    const streams = new Set(calls.flatMap(({ sid, streams }) => streams.map((name) => `${sid} ${name}`)));
    const named = requests.flatMap(({ stops }) => stops);
    expect(named.filter(({ callSid, streamName }) => !streams.has(`${callSid} ${streamName}`))).toEqual([]);
    expect(new Set(requests.map(({ kind }) => kind)).size).toBe(4);
  });
});
