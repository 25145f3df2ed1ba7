import { describe, expect, it } from 'vitest';
import { resourcesTable, soakTable } from '../resources.js';
import { cellsOf } from '../../demo/fixtures/table-cells.js';

/** Three a minute, as a soak takes them; what it holds while it works says nothing of what it holds when idle. */
const samplesOf = (minutes: number) =>
  Array.from({ length: minutes * 3 + 1 }, (_, index) => {
    const minute = Math.floor(index / 3);
    const isIdle = minute % 10 === 9;
    return {
      at: index * 20,
      cpuPercent: isIdle ? 1 : 40,
      // Warming up in the first ten minutes, and from then on a megabyte in ten minutes.
      residentMb: minute < 10 ? minute : 100 + (isIdle ? index / 30 : index % 7),
      openFiles: isIdle ? 30 : 300,
      redisMb: index / 180,
    };
  });

const firstCells = (table: string): (string | undefined)[] =>
  cellsOf(table)
    .slice(2)
    .map(([after]) => after);

describe('the table of what a load uses', () => {
  it('shows so many samples as a reader bears', () => {
    const table = resourcesTable(samplesOf(60));
    expect(firstCells(table).length).toBeLessThanOrEqual(30);
    expect(cellsOf(table)[2]).toEqual(['0 s', '40', '0.0', '300', '0.0']);
    expect(table).not.toMatch(/idle|slope/);
  });
});

describe('the table of what a soak uses', () => {
  it('always shows the last sample of each idle minute, and no other of these minutes', () => {
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

  it('stays in the order of time', () => {
    const seconds = firstCells(soakTable(samplesOf(60)))
      .slice(0, -1)
      .map((after) => Number.parseInt(after ?? '', 10));
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  });

  it('tells the slope of the idle ones, without the first ten minutes', () => {
    expect(cellsOf(soakTable(samplesOf(60))).at(-1)).toEqual([
      'slope of the idle, an hour',
      '0',
      '6.0',
      '0',
      '1.0',
    ]);
  });

  it('tells no slope of less than three', () => {
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
