import type { Reply } from '../caller.js';
import type { Drill, Struck } from '../drill.js';
import { openJobs } from '../settlement.js';
import type { Stage } from '../stage.js';

const REFUSED_WITHIN_MS = 250;
const FIRST_SUCCESS_WITHIN_MS = 2000;
const PROBES_EVERY_MS = 100;
const IN_FLIGHT = 1000;
const DEADLINE_MS = 240_000;
/** The provider answers one after the other, from then on. */
const HELD_MS = 10_000;
/** How many callers ask once while Redis is away, and leave it at that. */
const MAX_GHOSTS = 50;

export const redisKilled: readonly Drill[] = [3, 60].flatMap((seconds): Drill[] => [
  {
    name: `redis-killed-${seconds}s-idle`,
    fault: `Redis \`kill -9\`, back after ${seconds} s, idle`,
    persistent: true,
    limitMs: 120_000,
    async strike(stage) {
      await stage.startAll();
      await stage.stopped();
      return outage(stage, seconds * 1000);
    },
  },
  {
    name: `redis-killed-${seconds}s-busy`,
    fault: `Redis \`kill -9\`, back after ${seconds} s, 1,000 in flight`,
    persistent: true,
    limitMs: 180_000,
    settlesWithinMs: 60_000,
    async strike(stage) {
      stage.variables['REQUEST_TIMEOUT_MS'] = '30000';
      await stage.startAll({ WORKER_CONCURRENCY: String(IN_FLIGHT + 100) });
      const sids = stage.calls(IN_FLIGHT, (number) => [{ latencyMs: HELD_MS + 3 * number }]);
      await stage.caller.insistOnAll(sids.map((callSid) => ({ callSid, deadlineMs: DEADLINE_MS })));
      await stage.until('all POSTs are under way', 15_000, () =>
        stage.book(sids).every(({ updates }) => updates.length > 0),
      );
      const struck = await outage(stage, seconds * 1000);
      await stage.until('all came to an end', 60_000, async () => (await openJobs(stage)) === 0);
      return struck;
    },
  },
]);

/** Redis dies and returns; meanwhile callers are refused at once, and what they asked for never happens. */
async function outage(stage: Stage, ms: number): Promise<Struck> {
  const from = Date.now();
  await stage.redis.kill();
  const refused: Reply[] = [];
  const ghosts: string[] = [];
  while (Date.now() - from < ms) {
    const callSid = ghosts.length < MAX_GHOSTS ? stage.call() : (ghosts[0] ?? '');
    if (ghosts.length < MAX_GHOSTS) ghosts.push(callSid);
    refused.push(await stage.caller.ask({ callSid }));
    await stage.wait(PROBES_EVERY_MS);
  }
  await stage.redis.start();
  stage.interrupted(from);
  const recoveryMs = await stage.stopped();

  const others = refused.filter(({ status }) => status !== 503);
  stage.expect(others.length === 0, `${others.length} of ${refused.length} not answered 503`);
  const slowest = Math.max(...refused.map(({ tookMs }) => tookMs));
  stage.expect(slowest <= REFUSED_WITHIN_MS, `a 503 took ${slowest.toFixed(0)} ms`);
  stage.expect(
    recoveryMs <= FIRST_SUCCESS_WITHIN_MS,
    `first success ${(recoveryMs / 1000).toFixed(1)} s after the return`,
  );
  return { recoveryMs };
}
