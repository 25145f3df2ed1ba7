import { expect, it } from 'vitest';
import { CallbackReport } from '../../src/callbacks/callback.report.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';

it('shows pending callbacks only while their number is known', async () => {
  const metrics = new Metrics();
  const report = new CallbackReport(metrics);
  const shown = async () =>
    /^streamstop_callbacks_pending (\d+)$/m.exec(await metrics.registry.metrics())?.[1];
  expect(await shown()).toBeUndefined();
  report.showPending(3);
  expect(await shown()).toBe('3');
  report.showPending(null);
  expect(await shown()).toBeUndefined();
});
