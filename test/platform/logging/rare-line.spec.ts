import { describe, expect, it } from 'vitest';
import { RareLine } from '../../../src/platform/logging/rare-line.js';

describe('a line that outsiders can trigger', () => {
  it('is written once in 10 s, with the number of repetitions, which go to debug', () => {
    const written: unknown[] = [];
    const logger = {
      log: (...line: unknown[]) => written.push(['log', ...line]),
      warn: (...line: unknown[]) => written.push(['warn', ...line]),
      error: (...line: unknown[]) => written.push(['error', ...line]),
      debug: (...line: unknown[]) => written.push(['debug', ...line]),
    };
    let now = 1_700_000_000_000;
    const line = new RareLine(logger, 'warn', 'refused', () => now);
    for (const laterMs of [0, 1, 9998, 1, 10_000]) {
      now += laterMs;
      line.write({ at: now % 100_000 });
    }
    expect(written).toEqual([
      ['warn', 'refused', { at: 0, leftOut: 0 }],
      ['debug', 'refused', { at: 1 }],
      ['debug', 'refused', { at: 9999 }],
      ['warn', 'refused', { at: 10_000, leftOut: 2 }],
      ['warn', 'refused', { at: 20_000, leftOut: 0 }],
    ]);
  });
});
