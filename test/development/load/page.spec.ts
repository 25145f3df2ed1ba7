import { describe, expect, it } from 'vitest';
import { loadSection, resourcesTable, timesTable } from '../../../src/development/load/page.js';

const BOOKS = {
  accepted: 100,
  ends: { succeeded: 97, failed: 1, expired: 1 },
  lost: 1,
  timesToStop: new Map([
    ['none' as const, Array.from({ length: 90 }, (_, index) => index + 1)],
    ['429' as const, [1000]],
  ]),
};

const SAMPLES = Array.from({ length: 61 }, (_, index) => ({
  at: index * 60,
  cpuPercent: 40,
  residentMb: 100 + index,
  openFiles: 30,
  redisMb: 2 + index / 10,
}));

const rowsOf = (table: string): string[][] =>
  table.split('\n').map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );

describe('the page of the load', () => {
  it('shows the times to stop by what went wrong, and of all', () => {
    const [, , none, failed, , throttled, all] = rowsOf(timesTable(BOOKS));
    expect(none).toEqual(['none', '90', '45', '90', '90']);
    expect(failed).toEqual(['5xx', '0', '–', '–', '–']);
    expect(throttled).toEqual(['429', '1', '1000', '1000', '1000']);
    expect(all).toEqual(['all', '91', '46', '1000', '1000']);
  });

  it('shows so many samples as a reader bears, and what they come to in an hour', () => {
    const rows = rowsOf(resourcesTable(SAMPLES));
    expect(rows.length).toBeLessThan(35);
    expect(rows[2]).toEqual(['0 s', '40', '100.0', '30', '2.0']);
    expect(rows.at(-1)).toEqual(['slope, an hour', '0', '60.0', '0', '6.0']);
  });

  it('says what was asked for, and what was lost', () => {
    const machine = { cpu: 'A CPU', cores: 2, memoryGb: 4, system: 'Debian 12', node: 'v20', redis: '7' };
    const options = { rate: 100, minutes: 60, soak: true };
    const section = loadSection({
      on: '2026-11-23',
      machine,
      options,
      asked: 101,
      books: BOOKS,
      samples: SAMPLES,
    });
    expect(section).toContain('Written by `npm run bench:load -- --soak` on 2026-11-23: A CPU, 2 cores');
    expect(section).toContain('101 asked for, 100 accepted,\n97 succeeded, 1 failed, 1 expired, **1 lost**');
  });
});
