import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { areLeftOut, promtool, RULES, testRules } from './promtool.js';
import { faultEnd, FROM, SCENARIOS } from './scenarios.js';
import type { Scenario } from './scenarios.js';
import { HEALTHY } from './series.js';
import type { Value } from './series.js';

const FIRING = 'count by (alertname, project) (ALERTS{alertstate="firing"})';

/** Long scenarios are sampled less often, which still is often enough for every rule that they are about. */
const stepOf = (scenario: Scenario): number => (faultEnd(scenario) + scenario.quietAfterS > 7200 ? 60 : 15);

const valuesOf = (value: Value, step: number, count: number): string =>
  Array.from({ length: count }, (_, index) => value(index * step) ?? '_').join(' ');

/** With how often each fires, as `FIRING` counts. */
function samplesOf(fires: readonly string[]) {
  return [...new Set(fires)].map((one) => {
    const [alertname = '', project] = one.split(' ');
    const labels = `alertname="${alertname}"${project === undefined ? '' : `,project="${project}"`}`;
    return { labels: `{${labels}}`, value: fires.filter((other) => other === one).length };
  });
}

const firing = (at: number, fires: readonly string[]) => ({
  expr: FIRING,
  eval_time: `${at}s`,
  exp_samples: samplesOf(fires),
});

function testOf(scenario: Scenario) {
  const step = stepOf(scenario);
  const quietAt = faultEnd(scenario) + scenario.quietAfterS;
  return {
    interval: `${step}s`,
    name: scenario.title,
    input_series: Object.entries({ ...HEALTHY, ...scenario.series }).map(([series, value]) => ({
      series,
      values: valuesOf(value, step, Math.ceil(quietAt / step) + 1),
    })),
    promql_expr_test: [
      firing(FROM - step, []),
      firing(FROM + scenario.withinS, scenario.fires),
      firing(quietAt, []),
    ],
  };
}

const alerts = RULES.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name),
);

describe.skipIf(areLeftOut)('the rules of Prometheus', () => {
  it('are accepted by promtool', async () => {
    expect(await promtool('check', 'rules', '--lint-fatal', ...RULES)).toContain('SUCCESS');
  });

  it.each(
    SCENARIOS.map((scenario) => [scenario.title, scenario.fires.join(', ') || 'nothing', scenario] as const),
  )('where %s, fire in time, and nothing else: %s', async (_title, _fires, scenario) => {
    await expect(
      testRules({ evaluation_interval: `${stepOf(scenario)}s`, tests: [testOf(scenario)] }),
    ).resolves.toContain('SUCCESS');
  });

  it('each have a scenario in which they fire', () => {
    const fired = SCENARIOS.flatMap(({ fires }) => fires.map((one) => one.replace(/ .*/, '')));
    expect(new Set(fired)).toEqual(new Set(alerts));
  });
});
