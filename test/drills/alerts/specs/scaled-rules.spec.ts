import { describe, expect, it } from 'vitest';
import { notified } from '../notified.js';
import type { Firing } from '../notified.js';
import { scaled } from '../scaled-rules.js';

const alert = (alertname: string, kind: string, severity: string, project = ''): Firing => ({
  alertname,
  kind,
  severity,
  project,
});

const SYMPTOM = alert('StreamstopDeadlineBudgetBurnsFast', 'symptom', 'critical', 'billing');
const OTHER_SYMPTOM = alert('StreamstopDeadlineBudgetBurnsFast', 'symptom', 'critical', 'default');
const OF_PROJECT = alert('StreamstopProjectUnauthorized', 'cause', 'critical', 'billing');
const OF_SERVICE = alert('StreamstopWorkerMissing', 'cause', 'critical');
const WARNING = alert('StreamstopTargetDown', 'cause', 'warning');

describe('rules for the drills', () => {
  it('have shorter windows, and the same thresholds and names', () => {
    expect(scaled('for: 1m\nexpr: streamstop:ratio_rate5m > 60 and rate(x{a="5m"}[1h])')).toBe(
      'for: 6000ms\nexpr: streamstop:ratio_rate5m > 60 and rate(x{a="5m"}[360000ms])',
    );
  });

  it.each<[string, readonly Firing[], readonly Firing[]]>([
    ['a symptom alone', [SYMPTOM], [SYMPTOM]],
    [
      'a cause before the symptoms of its project',
      [OF_PROJECT, SYMPTOM, OTHER_SYMPTOM],
      [OF_PROJECT, OTHER_SYMPTOM],
    ],
    [
      'a fault of the service before what follows from it',
      [OF_SERVICE, SYMPTOM, OTHER_SYMPTOM, WARNING],
      [OF_SERVICE],
    ],
    ['a warning beside a fault of a project', [OF_PROJECT, WARNING], [OF_PROJECT, WARNING]],
  ])('tell of %s', (_, firing, told) => {
    expect(notified(firing)).toEqual(told);
  });
});
