import { describe, expect, it } from 'vitest';
import type { Result } from '../drill.js';
import { hasPassed, pageOf, resultTable, verdict } from '../report.js';

const PASSED: Result = {
  name: 'passed',
  fault: 'a fault',
  accepted: 10,
  lost: 0,
  doubled: 0,
  recoveryMs: 1234,
  tookMs: 90_000,
  violations: [],
};
const BROKEN: Result = { ...PASSED, lost: 1, recoveryMs: null, violations: ['1 lost', 'a | b\nc'] };
const NOT_RUN: Result = { ...PASSED, notRun: 'no libfaketime' };

describe('the table of the drills', () => {
  it('has one row per drill', () => {
    const lines = resultTable([PASSED, BROKEN, NOT_RUN]).split('\n');
    const cells = lines.map((line) =>
      line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '').trim()),
    );
    expect(cells[2]).toEqual(['a fault', '10', '0', '0', '1.2', 'yes']);
    expect(cells[3]).toEqual(['a fault', '10', '1', '0', '–', '**no**: 1 lost; a b c']);
    expect(cells[4]).toEqual(['a fault', '–', '–', '–', '1.2', 'not run: no libfaketime']);
    expect(new Set(lines.map(({ length }) => length)).size).toBe(1);
  });

  it('distinguishes passed, failed and not run', () => {
    expect([PASSED, BROKEN, NOT_RUN].map(hasPassed)).toEqual([true, false, true]);
    expect(verdict(PASSED)).toBe('yes');
  });

  it('is on the page together with the machine', () => {
    const machine = {
      cpu: 'A CPU',
      cores: 2,
      memoryGb: 4,
      system: 'Debian 12',
      node: 'v20',
      redis: '7.0.15',
    };
    const page = pageOf([PASSED], machine, '2026-11-23');
    expect(page).toContain('Run on 2026-11-23: A CPU, 2 cores, 4 GB, Debian 12, Node v20, Redis 7.0.15.');
    expect(page).toContain('takes about 2 minutes');
    expect(page).toContain(resultTable([PASSED]));
  });
});
