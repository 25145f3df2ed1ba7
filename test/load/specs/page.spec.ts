import { describe, expect, it } from 'vitest';
import { loadSection, timesTable } from '../page.js';
import type { LoadRun } from '../page.js';
import { cellsOf } from '../../demo/fixtures/table-cells.js';

const TALLY = {
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
  options: { rate: 100, minutes: 3, soak: false, seed: 5 },
  asked: { asked: 101, missed: 3 },
  tally: TALLY,
  samples: [{ at: 0, cpuPercent: 40, residentMb: 100, openFiles: 30, redisMb: 2 }],
  closed: new Map([['throttled', 12.4]]),
};

describe('the load page', () => {
  it('shows the times to stop by fault, and for all', () => {
    const [, , none, failed, , throttled, all] = cellsOf(timesTable(TALLY));
    expect(none).toEqual(['none', '90', '45', '90', '90']);
    expect(failed).toEqual(['5xx', '0', '–', '–', '–']);
    expect(throttled).toEqual(['429', '1', '1000', '1000', '1000']);
    expect(all).toEqual(['all', '91', '46', '1000', '1000']);
  });

  it('names the command, the machine, its load and its cores', () => {
    const section = loadSection(RUN);
    expect(section).toContain('Written by `npm run bench:load -- --seed 5`');
    expect(section).toContain('Measured on 2026-11-23: A CPU, 2 cores');
    expect(section).toContain('load average before the start: 0.3');
    expect(section).toContain('ran on core 0');
  });

  it('counts what was requested, accepted and lost', () => {
    expect(loadSection(RUN)).toContain(
      'for 3 minutes: 101 requested (3 fewer than due), 100 accepted,\n97 succeeded, 1 failed, 1 expired, **1 lost**',
    );
  });

  it('names the seed of the faults and the time in which the project was kept from sending', () => {
    const section = loadSection(RUN);
    expect(section).toContain('seed 5');
    expect(section).toContain('12 s as `throttled` and 0 s as `unavailable`');
  });

  it('shows a slope only for a soak', () => {
    expect(loadSection(RUN)).not.toContain('slope');
    const soak = loadSection({ ...RUN, options: { ...RUN.options, soak: true } });
    expect(soak).toContain('every tenth minute idle');
    expect(soak).toContain('slope');
  });
});
