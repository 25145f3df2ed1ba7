import { randomUUID } from 'node:crypto';
import type { Reply, Wish } from '../../parts/caller.js';
import type { Drill, Struck } from '../../drill.js';
import { openJobs } from '../../settlement.js';
import type { Stage } from '../../stage.js';

const REFUSED_WITHIN_MS = 250;
const FIRST_SUCCESS_WITHIN_MS = 2000;
/** One worker first takes up a thousand runs that the outage broke off. */
const FIRST_SUCCESS_WHEN_BUSY_WITHIN_MS = 5000;
const ASKS_EVERY_MS = 100;
const IN_FLIGHT = 1000;
const DEADLINE_MS = 240_000;
/** From then on, SignalWire answers one POST after the other. */
const HELD_MS = 10_000;
const MOST_REFUSED = 50;

interface Refused {
  readonly wish: Wish;
  readonly key: string;
}

export const redisKilled: readonly Drill[] = [3, 60].flatMap((seconds): Drill[] => [
  {
    name: `redis-killed-${seconds}s-idle`,
    fault: `\`kill -9\` of Redis, back after ${seconds} s, service idle; what was refused meanwhile is asked again`,
    persistent: true,
    limitMs: 120_000,
    async strike(stage) {
      await stage.startAll();
      await stage.stopped();
      return outage(stage, seconds * 1000, FIRST_SUCCESS_WITHIN_MS);
    },
  },
  {
    name: `redis-killed-${seconds}s-busy`,
    fault: `\`kill -9\` of Redis, back after ${seconds} s, 1,000 POSTs under way; what was refused meanwhile is asked again`,
    persistent: true,
    limitMs: 180_000,
    settlesWithinMs: 60_000,
    async strike(stage) {
      stage.variables['REQUEST_TIMEOUT_MS'] = '30000';
      await stage.startAll({ WORKER_CONCURRENCY: String(IN_FLIGHT + 100) });
      const sids = stage.calls(IN_FLIGHT, (number) => [{ latencyMs: HELD_MS + 3 * number }]);
      await stage.provenDelivery();
      await stage.caller.insistOnAll(sids.map((callSid) => ({ callSid, deadlineMs: DEADLINE_MS })));
      await stage.until('all POSTs are under way', 15_000, () =>
        stage.callViews(sids).every(({ updates }) => updates.length > 0),
      );
      const struck = await outage(stage, seconds * 1000, FIRST_SUCCESS_WHEN_BUSY_WITHIN_MS);
      await stage.until('all are finished', 60_000, async () => (await openJobs(stage)) === 0);
      return struck;
    },
  },
]);

/** Redis dies and returns. Meanwhile callers get a fast 503; afterwards they ask again, with the same keys. */
async function outage(stage: Stage, ms: number, recoversWithinMs: number): Promise<Struck> {
  const from = Date.now();
  await stage.redis.kill();
  const refused: Refused[] = [];
  const replies: Reply[] = [];
  while (Date.now() - from < ms) {
    const { wish, key } = refusedNext(stage, refused);
    replies.push(await stage.caller.ask(wish, key));
    await stage.wait(ASKS_EVERY_MS);
  }
  await stage.redis.start();
  stage.interrupted(from);
  const recoveryMs = await stage.stopped();
  await askAgain(stage, refused);

  const others = replies.filter(({ status }) => status !== 503);
  stage.expect(others.length === 0, `${others.length} of ${replies.length} not answered 503`);
  const slowest = Math.max(...replies.map(({ tookMs }) => tookMs));
  stage.expect(slowest <= REFUSED_WITHIN_MS, `a 503 took ${slowest.toFixed(0)} ms`);
  stage.expect(
    recoveryMs <= recoversWithinMs,
    `first success ${(recoveryMs / 1000).toFixed(1)} s after the return`,
  );
  return { recoveryMs };
}

/** A new request, or, once there are enough, the first one again. */
function refusedNext(stage: Stage, refused: Refused[]): Refused {
  const [first] = refused;
  if (first !== undefined && refused.length >= MOST_REFUSED) return first;
  const next = { wish: { callSid: stage.call() }, key: randomUUID() };
  refused.push(next);
  return next;
}

/** Each caller gets one cancellation, however often it asks; the reconciliation counts the POSTs. */
async function askAgain(stage: Stage, refused: readonly Refused[]): Promise<void> {
  for (const { wish, key } of refused) {
    const [id, again] = [await stage.caller.insist(wish, key), await stage.caller.insist(wish, key)];
    stage.expect(id === again, `${id} and ${again} for one key`);
  }
  await stage.until('what was refused is stopped', 30_000, () =>
    refused.every(({ wish }) => stage.isStopped(wish.callSid)),
  );
}
