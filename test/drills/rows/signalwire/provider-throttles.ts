import type { Drill } from '../../drill.js';
import { finished } from '../../settlement.js';
import type { Stage } from '../../stage.js';

/** On top of what SignalWire asks for: the backoff, and the job's way through the queue. */
const BACKOFF_CAP_MS = 1000;
const MARGIN_MS = 2000;
/** Whatever SignalWire asks for, the project is tried again after a minute. */
const LONGEST_WAIT_MS = 60_000;
const TEN_DAYS_S = 864_000;

export const providerThrottles: Drill = {
  name: 'provider-throttles',
  fault: 'SignalWire answers 429 with a `Retry-After` of 3 s, a date, garbage, and 10 days',
  async strike(stage) {
    stage.variables['BACKOFF_CAP_MS'] = String(BACKOFF_CAP_MS);
    await stage.startAll();
    await check(stage, '3 s', () => '3', 3000);
    // A date has whole seconds.
    await check(stage, 'a date in 4 s', () => new Date(Date.now() + 4000).toUTCString(), 3000);
    await check(stage, 'garbage', () => 'soon', 0);
    await checkTenDays(stage);
    return { recoveryMs: await stage.stopped(stage.call(), LONGEST_WAIT_MS + MARGIN_MS) };
  },
};

async function check(stage: Stage, what: string, value: () => string, leastMs: number): Promise<void> {
  const sid = stage.call({ status: 429, headers: { 'retry-after': value() } });
  const { status } = await finished(stage, await stage.caller.insist({ callSid: sid }));
  const [first, second] = stage.simulator.call(sid).updates.map(({ at }) => Date.parse(at));
  const delayMs = Number(second) - Number(first);
  stage.expect(status === 'succeeded', `${what}: ${status}`);
  stage.expect(
    delayMs >= leastMs && delayMs <= leastMs + BACKOFF_CAP_MS + MARGIN_MS,
    `${what}: tried again after ${(delayMs / 1000).toFixed(1)} s`,
  );
}

/** One last attempt is made before the deadline, and one header must not stop the project for days. */
async function checkTenDays(stage: Stage): Promise<void> {
  const sid = stage.call({ status: 429, headers: { 'retry-after': String(TEN_DAYS_S) }, times: 'always' });
  const id = await stage.caller.insist({ callSid: sid, deadlineMs: 4000 });
  const { status, attempts } = await finished(stage, id);
  const sent = stage.simulator.call(sid).updates.length;
  stage.expect(status === 'expired' || status === 'failed', `10 days: ${status}`);
  stage.expect(attempts[0]?.outcome === 'rate_limited', `10 days: ${attempts[0]?.outcome}`);
  stage.expect(sent === 2, `10 days: ${sent} POSTs`);
}
