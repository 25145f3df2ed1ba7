import type { Drill, Struck } from '../../drill.js';
import { untilListsAreRight } from '../../parts/lists.js';
import { CallbackReceiver } from '../../parts/receiver.js';
import { killAndRestart, shortNameOf, VICTIMS } from '../../parts/victims.js';
import type { Victim } from '../../parts/victims.js';
import type { Stage } from '../../stage.js';

const COUNT = 600;
const ANSWERS_AFTER_MS = 50;
/** How many have been delivered when the kill comes. */
const KILLED_AFTER = 200;
/**
 * A killed worker's callbacks start again within 20 s, and then wait for a place among the others of their receiver.
 */
const DELIVERED_WITHIN_MS = 60_000;
const LISTS_RIGHT_WITHIN_MS = 30_000;

export const callbacksKilled: readonly Drill[] = VICTIMS.map((victim): Drill => ({
  name: `callbacks-${shortNameOf(victim)}-killed`,
  fault: `\`kill -9\` of ${victim} while ${COUNT} callbacks are delivered. Each comes at least once, signed, and with the same \`webhook-id\` and body if it is repeated, and the lists are right within 30 s`,
  persistent: true,
  limitMs: 300_000,
  strike: (stage) => struck(stage, victim),
}));

async function struck(stage: Stage, victim: Victim): Promise<Struck> {
  const receiver = await stage.own(
    () => CallbackReceiver.start(ANSWERS_AFTER_MS),
    (started) => started.close(),
  );
  Object.assign(stage.variables, receiver.variables);
  const processes = await stage.startAll();
  await stage.provenDelivery();
  const ids = await stage.caller.insistOnBatch(
    stage.calls(COUNT).map((callSid) => ({ callSid, callbackUrl: receiver.url })),
  );
  await stage.until('callbacks are being delivered', 30_000, () => receiver.delivered >= KILLED_AFTER);
  const killedAt = await killAndRestart(stage, processes, victim);
  await untilListsAreRight(stage, killedAt + LISTS_RIGHT_WITHIN_MS - Date.now());

  const undelivered = (): number => ids.filter((id) => !receiver.bodies.has(`msg_${id}`)).length;
  await stage.until('each callback has come', DELIVERED_WITHIN_MS, () => undelivered() === 0);
  const recoveryMs = Date.now() - killedAt;
  await stage.until('each callback is known as delivered', DELIVERED_WITHIN_MS, () => areKnown(stage, ids));
  check(stage, receiver, ids);
  return { recoveryMs };
}

async function areKnown(stage: Stage, ids: readonly string[]): Promise<boolean> {
  const found = [...(await stage.caller.find(ids)).values()];
  return found.every(({ callbacks }) => callbacks[0]?.status === 'delivered');
}

function check(stage: Stage, { bodies, unsigned }: CallbackReceiver, ids: readonly string[]): void {
  stage.expect(unsigned === 0, `${unsigned} callbacks without a valid signature`);
  stage.expect(bodies.size === ids.length, `${bodies.size} webhook-ids for ${ids.length} callbacks`);
  const changed = [...bodies.values()].filter((versions) => versions.size > 1).length;
  stage.expect(changed === 0, `${changed} callbacks were repeated with another body`);
}
