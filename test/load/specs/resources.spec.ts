import { describe, expect, it } from 'vitest';
import { resourcesTable, soakTable } from '../resources.js';
import { cellsOf } from '../../demo/fixtures/table-cells.js';

/** Three per minute, like a soak; memory under load and when idle differ. */
const samplesOf = (minutes: number) =>
  Array.from({ length: minutes * 3 + 1 }, (_, index) => {
    const minute = Math.floor(index / 3);
    const isIdle = minute % 10 === 9;
    return {
      at: index * 20,
      cpuPercent: isIdle ? 1 : 40,
      // Ten minutes of warming up, then one megabyte per ten minutes.
      residentMb: minute < 10 ? minute : 100 + (isIdle ? index / 30 : index % 7),
      openFiles: isIdle ? 30 : 300,
      redisMb: index / 180,
    };
  });

const firstCells = (table: string): (string | undefined)[] =>
  cellsOf(table)
    .slice(2)
    .map(([after]) => after);

describe('the resources of a load', () => {
  it('shows at most 30 samples', () => {
    const table = resourcesTable(samplesOf(60));
    expect(firstCells(table).length).toBeLessThanOrEqual(30);
    expect(cellsOf(table)[2]).toEqual(['0 s', '40', '0.0', '300', '0.0']);
    expect(table).not.toMatch(/idle|slope/);
  });
});

describe('the resources of a soak', () => {
  it('shows the last sample of each idle minute, and no other one of these minutes', () => {
    const shown = firstCells(soakTable(samplesOf(60)));
    expect(shown.filter((after) => after?.endsWith('idle'))).toEqual([
      '580 s, idle',
      '1180 s, idle',
      '1780 s, idle',
      '2380 s, idle',
      '2980 s, idle',
      '3580 s, idle',
    ]);
    expect(shown).not.toContain('540 s');
    expect(shown.length).toBeLessThanOrEqual(37);
  });

  it('is in the order of time', () => {
    const seconds = firstCells(soakTable(samplesOf(60)))
      .slice(0, -1)
      .map((after) => Number.parseInt(after ?? '', 10));
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  });

  it('has the slope of the idle samples after the first ten minutes', () => {
    expect(cellsOf(soakTable(samplesOf(60))).at(-1)).toEqual([
      'slope of the idle samples, per hour',
      '0',
      '6.0',
      '0',
      '1.0',
    ]);
  });

  it('has no slope for fewer than three idle samples', () => {
    expect(
      cellsOf(soakTable(samplesOf(30)))
        .at(-1)
        ?.slice(1),
    ).toEqual(['–', '–', '–', '–']);
    expect(
      cellsOf(soakTable(samplesOf(40)))
        .at(-1)
        ?.slice(1),
    ).toEqual(['0', '6.0', '0', '1.0']);
  });
});
