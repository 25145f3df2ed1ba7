import { join } from 'node:path';
import type { Drill, Struck } from '../../drill.js';
import { fakeClock } from '../../parts/faketime.js';
import { finished } from '../../settlement.js';
import type { Stage } from '../../stage.js';

const HOUR_S = 3600;
/** Few enough, with the one that always fails, not to count as an outage. */
const COUNT = 3;
const BACKOFF_MS = 2000;
const DEADLINE_MS = 60_000;
const SHORT_MS = 8000;
/** How late a due job may be picked up. */
const PICKED_UP_WITHIN_MS = 2000;
const ENDS_WITHIN_MS = 10_000;

export const clockJumps: readonly Drill[] = [
  {
    name: 'clock-jumps-forward',
    fault: "the worker's clock jumps 1 h forward during retries",
    strike: (stage) => jump(stage, HOUR_S),
  },
  {
    name: 'clock-jumps-back',
    fault: "the worker's clock jumps 1 h back during retries",
    strike: (stage) => jump(stage, -HOUR_S),
  },
];

async function jump(stage: Stage, seconds: number): Promise<Struck> {
  const clock = await fakeClock(join(stage.redis.dataFolder, 'clock'));
  stage.variables['MAX_ATTEMPTS'] = '100';
  await stage.startAll({
    ...clock.variables,
    BACKOFF_BASE_MS: String(BACKOFF_MS),
    BACKOFF_CAP_MS: String(BACKOFF_MS),
  });
  await stage.stopped();
  const curable = stage.calls(COUNT, () => [{ status: 503, times: 3 }]);
  const hopeless = stage.call({ status: 503, times: 'always' });
  const ids = await stage.caller.insistOnAll(
    curable.map((callSid) => ({ callSid, deadlineMs: DEADLINE_MS })),
  );
  const doomed = await stage.caller.insist({ callSid: hopeless, deadlineMs: SHORT_MS });
  await stage.until('all first attempts failed', 10_000, () =>
    stage.callViews([...curable, hopeless]).every(({ updates }) => updates[0]?.status === 503),
  );

  await clock.jumpTo(seconds);
  const recoveryMs = await stage.stopped();
  stage.expect(recoveryMs <= PICKED_UP_WITHIN_MS, `a new one took ${(recoveryMs / 1000).toFixed(1)} s`);
  await expectCured(stage, ids, curable);
  const { status } = await finished(stage, doomed, SHORT_MS + ENDS_WITHIN_MS);
  stage.expect(status === 'expired', `one that always fails: ${status}`);
  return { recoveryMs };
}

/** Each retry comes within its backoff, as if the clock had not jumped. */
async function expectCured(stage: Stage, ids: readonly string[], sids: readonly string[]): Promise<void> {
  const ends = await Promise.all(ids.map((id) => finished(stage, id, 30_000)));
  const failed = ends.filter(({ status }) => status !== 'succeeded');
  stage.expect(failed.length === 0, `${failed.length} of ${COUNT} ${failed[0]?.status}`);
  const gaps = stage
    .callViews(sids)
    .flatMap(({ updates }) =>
      updates.slice(1).map(({ at }, index) => Date.parse(at) - Date.parse(updates[index]?.at ?? '')),
    );
  const longest = Math.max(...gaps);
  stage.expect(
    longest <= BACKOFF_MS + PICKED_UP_WITHIN_MS,
    `a retry came after ${(longest / 1000).toFixed(1)} s`,
  );
}
