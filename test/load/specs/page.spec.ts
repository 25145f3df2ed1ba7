import { describe, expect, it } from 'vitest';
import { loadSection, timesTable } from '../page.js';
import type { LoadRun } from '../page.js';
import { cellsOf } from '../../demo/fixtures/table-cells.js';

const BOOKS = {
  accepted: 100,
  ends: { succeeded: 97, failed: 1, expired: 1 },
  lost: 1,
  timesToStop: new Map([
    ['none' as const, Array.from({ length: 90 }, (_, index) => index + 1)],
    ['429' as const, [1000]],
  ]),
};

const RUN: LoadRun = {
  conditions: {
    on: '2026-11-23',
    machine: { cpu: 'A CPU', cores: 2, memoryGb: 4, system: 'Debian 12', node: 'v20', redis: '7' },
    load: 0.25,
    places: { service: 0, load: 1, stub: 1, redis: 1 },
  },
  options: { rate: 100, minutes: 1, soak: false, seed: 5 },
  asked: { asked: 101, missed: 3 },
  books: BOOKS,
  samples: [{ at: 0, cpuPercent: 40, residentMb: 100, openFiles: 30, redisMb: 2 }],
  closed: new Map([['throttled', 12.4]]),
};

describe('the page of the load', () => {
  it('shows the times to stop by what went wrong, and of all', () => {
    const [, , none, failed, , throttled, all] = cellsOf(timesTable(BOOKS));
    expect(none).toEqual(['none', '90', '45', '90', '90']);
    expect(failed).toEqual(['5xx', '0', '–', '–', '–']);
    expect(throttled).toEqual(['429', '1', '1000', '1000', '1000']);
    expect(all).toEqual(['all', '91', '46', '1000', '1000']);
  });

  it('names the command that repeats it, the machine, its load and its cores', () => {
    const section = loadSection(RUN);
    expect(section).toContain('Written by `npm run bench:load -- --minutes 1 --seed 5`. ');
    expect(section).toContain('Measured on 2026-11-23: A CPU, 2 cores');
    expect(section).toMatch(/load average 0\.3\s+before the start/);
    expect(section).toContain('kept to core 0');
  });

  it('says what was asked for, what was not, and what was lost', () => {
    expect(loadSection(RUN)).toContain(
      'for 1 minute: 101 asked for (3 fewer than due), 100 accepted,\n97 succeeded, 1 failed, 1 expired, **1 lost**',
    );
  });

  it('says where faults are, and for how long they kept the project from sending', () => {
    const section = loadSection(RUN);
    expect(section).toContain('drawn at random, from seed 5');
    expect(section).toContain('12 s as `throttled` and 0 s as `unavailable`');
  });

  it('tells a slope of a soak only', () => {
    expect(loadSection(RUN)).not.toContain('slope');
    const soak = loadSection({ ...RUN, options: { ...RUN.options, soak: true } });
    expect(soak).toContain('of which each tenth is idle');
    expect(soak).toContain('slope');
  });
});
