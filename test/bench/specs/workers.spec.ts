import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../demo/fixtures/table-cells.js';
import { counted } from '../capacity/counted.js';
import { sharesOf } from '../capacity/workers.js';
import type { WorkersRound, WorkersRounds } from '../capacity/workers.js';
import { limitText, workersSection } from '../capacity/workers-page.js';

const metrics = (posts: number, first: number, second: number): string =>
  [
    '# TYPE streamstop_attempts_total counter',
    `streamstop_attempts_total{outcome="accepted",strategy="update_call"} ${posts}`,
    'streamstop_attempts_total{outcome="timeout",strategy="update_call"} 1',
    `streamstop_slo_cancellations_total{project="default",objective="within_1s",result="met"} ${first}`,
    `streamstop_slo_cancellations_total{project="second",objective="within_1s",result="met"} ${second}`,
  ].join('\n');

describe('the shares of the workers', () => {
  it('add up the series of a counter', () => {
    expect(counted(metrics(5, 3, 1), 'streamstop_attempts_total')).toBe(6);
    expect(counted(metrics(5, 3, 1), 'streamstop_slo_cancellations_total', 'project="second"')).toBe(1);
  });

  it('are those between two looks at the metrics', () => {
    const from = [metrics(100, 90, 10), metrics(50, 5, 45)];
    const to = [metrics(130, 112, 18), metrics(60, 13, 47)];
    expect(sharesOf(from, to)).toEqual({ postShares: [0.75, 0.25], firstProjectShare: 0.75 });
  });
});

const round = (perSecond: number, postShares: readonly number[], ownCores: number): WorkersRound => ({
  perSecond,
  costs: {
    cpuUs: { api: 1, worker: 800, documents: 200, redis: 250 },
    commands: 60,
    toRedisBytes: 1,
    fromRedisBytes: 1,
  },
  postShares,
  firstProjectShare: 0.751,
  ownCores,
  busyCores: ownCores + 0.1,
});

const ROUNDS: WorkersRounds = {
  1: [round(500, [1], 1.1), round(540, [1], 1.1), round(520, [1], 1.2)],
  2: [round(780, [0.49, 0.51], 1.8)],
  4: [round(832, [0.2, 0.25, 0.25, 0.3], 1.9)],
};

describe('the section about several workers', () => {
  it('has the medians of the rounds, the gain, and the range of the shares', () => {
    const rows = cellsOf(workersSection({ rounds: ROUNDS, cores: 2, minutes: 5 }, 'Measured today.'));
    const [one, two, four] = ['1', '2', '4'].map((name) => rows.find(([first]) => first === name));
    expect(one).toEqual(['1', '520', '1.00', '800', '200', '250', '60.0', '100', '75', '1.10', '1.20']);
    expect(two?.slice(1, 3)).toEqual(['780', '1.50']);
    expect(two?.slice(7)).toEqual(['49–51', '75', '1.80', '1.90']);
    expect(four?.[7]).toBe('20–30');
  });

  it('says from when on the machine was the limit', () => {
    expect(limitText(ROUNDS, 2)).toMatch(/^From 2 workers on, all 2 cores of this machine were busy/);
    expect(limitText(ROUNDS, 1)).toMatch(/^Even with one worker, all 1 cores/);
    expect(limitText(ROUNDS, 8)).toBe(
      'The 8 cores of this machine were never all busy, so that one process limited the rates.',
    );
  });

  it('says that other programs took their share', () => {
    const disturbed = { ...ROUNDS, 2: [{ ...round(300, [0.5, 0.5], 1.1), busyCores: 2 }] };
    expect(limitText(disturbed, 2)).toMatch(
      /^\*\*Other programs ran meanwhile\*\*, and took up to 0.9 cores/,
    );
  });
});
