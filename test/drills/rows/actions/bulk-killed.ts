import { chunkKey } from '../../../../src/queue/listing/layout.js';
import { RETRIED } from '../../../../src/queue/listing/terms.js';
import type { Drill, Struck } from '../../drill.js';
import { untilListsAreRight } from '../../parts/lists.js';
import { cancellationsIn, QUEUE_PREFIX } from '../../parts/queue-states.js';
import { redisCommand } from '../../parts/redis-command.js';
import { killAndRestart, shortNameOf, VICTIMS } from '../../parts/victims.js';
import type { Victim } from '../../parts/victims.js';
import { openJobs } from '../../settlement.js';
import type { Stage } from '../../stage.js';

const COUNT = 3000;
const BATCH = 1000;
const DEADLINE_MS = 600_000;
/** Of each action, and after how many cancellations each kill comes. */
const KILLS = 2;
const KILLED_AFTER = 300;
const ASKS_AGAIN_AFTER_MS = 100;
const LISTS_RIGHT_WITHIN_MS = 30_000;

type Action = 'withdraw' | 'retry';

/** Set for each cancellation that the action has reached. */
const MARKS: Readonly<Record<Action, string>> = { withdraw: 'withdrawn', retry: RETRIED };

export const bulkKilled: readonly Drill[] = VICTIMS.map((victim): Drill => ({
  name: `bulk-${shortNameOf(victim)}-killed`,
  fault: `\`kill -9\` of ${victim}, ${KILLS} times while all of 3,000 are withdrawn and ${KILLS} times while all are retried; the caller repeats its request until \`remaining\` and \`skipped\` are 0. Each has one retry, and the lists are right within 30 s`,
  persistent: true,
  limitMs: 600_000,
  strike: (stage) => struck(stage, victim),
}));

async function struck(stage: Stage, victim: Victim): Promise<Struck> {
  const processes = await stage.startAll();
  const kill = () => killAndRestart(stage, processes, victim);
  await stage.caller.act('/queue/pause', {});
  const ids = await waitingOnes(stage);

  const withdrawnWhile = await killedDuring(stage, 'withdraw', kill);
  await untilListsAreRight(stage, withdrawnWhile + LISTS_RIGHT_WITHIN_MS - Date.now());
  const withdrawn = await cancellationsIn(stage.redis.url);
  const left = withdrawn.filter(({ status }) => status !== 'withdrawn');
  stage.expect(left.length === 0, `${left.length} of ${ids.length} not withdrawn`);

  await stage.caller.act('/queue/resume', {});
  await stage.provenDelivery();
  const killedAt = await killedDuring(stage, 'retry', kill);
  await stage.until('all are finished', 60_000, async () => (await openJobs(stage)) === 0);
  await untilListsAreRight(stage, killedAt + LISTS_RIGHT_WITHIN_MS - Date.now());
  const recoveryMs = Date.now() - killedAt;
  await checkRetries(stage, ids);
  return { recoveryMs };
}

/** Cancellations that wait because everything is paused. */
async function waitingOnes(stage: Stage): Promise<string[]> {
  const wishes = stage.calls(COUNT).map((callSid) => ({ callSid, deadlineMs: DEADLINE_MS }));
  const ids: string[] = [];
  for (let start = 0; start < COUNT; start += BATCH)
    ids.push(...(await stage.caller.insistOnBatch(wishes.slice(start, start + BATCH))));
  await stage.until('all wait', 30_000, async () => {
    const { body } = await stage.caller.get('/queue');
    return (body as { counts?: Record<string, number> }).counts?.['delayed'] === COUNT;
  });
  return ids;
}

/**
 * Kills while a caller repeats a bulk request until nothing remains and nothing was skipped.
 *
 * @returns when it last did, in epoch ms
 */
async function killedDuring(stage: Stage, action: Action, kill: () => Promise<number>): Promise<number> {
  const done = repeated(stage, action);
  let killedAt = 0;
  for (let kills = 0; kills < KILLS; kills += 1) {
    await reachedMore(stage, action);
    killedAt = await kill();
  }
  await done;
  return killedAt;
}

async function repeated(stage: Stage, action: Action): Promise<void> {
  for (;;) {
    const { status, body } = await stage.caller.act(`/cancellations/${action}`, { all: true });
    const { remaining, skipped } = body as { remaining?: number; skipped?: number };
    if (status === 200 && remaining === 0 && skipped === 0) return;
    // What it needs is away, or a worker that was killed still holds what was skipped.
    if (status !== 200 || remaining === 0) await stage.wait(ASKS_AGAIN_AFTER_MS);
  }
}

/** Waits until the requests have reached some more. */
async function reachedMore(stage: Stage, action: Action): Promise<void> {
  const key = chunkKey(QUEUE_PREFIX, 0, MARKS[action]);
  const reached = async () => Number(await redisCommand(stage.redis.url, 'BITCOUNT', key));
  const enough = Math.min(COUNT, (await reached()) + KILLED_AFTER);
  await stage.until(`${action} reaches ${enough}`, 60_000, async () => (await reached()) >= enough);
}

async function checkRetries(stage: Stage, ids: readonly string[]): Promise<void> {
  const retries = (await cancellationsIn(stage.redis.url)).filter(({ retryOf }) => retryOf !== null);
  const counts = new Map<string, number>();
  for (const { retryOf } of retries) counts.set(String(retryOf), (counts.get(String(retryOf)) ?? 0) + 1);
  const several = [...counts.values()].filter((count) => count > 1).length;
  stage.expect(several === 0, `${several} with two retries`);
  const without = ids.filter((id) => !counts.has(id)).length;
  stage.expect(without === 0, `${without} without a retry`);
  // The reconciliation follows.
  for (const { id, callSid } of retries) stage.caller.accepted.set(id, { id, callSid });
}
