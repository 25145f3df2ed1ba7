import { fieldOf } from '../../support/topologies/node.js';
import type { Stage } from '../stage.js';
import type { Setting } from './failover-drill.js';

/**
 * Waits until every replica has everything that has been acknowledged by now.
 *
 * @returns the ids of those cancellations, of which none may be lost
 */
export async function allReplicated(
  stage: Stage,
  { master, replicas }: Setting,
): Promise<ReadonlySet<string>> {
  const ids = new Set(stage.caller.accepted.keys());
  const written = Number(await fieldOf(master.server, 'replication', 'master_repl_offset'));
  await stage.until('the replicas have it all', 10_000, async () => {
    const offsets = replicas.map(({ server }) => fieldOf(server, 'replication', 'slave_repl_offset'));
    return (await Promise.all(offsets)).every((offset) => Number(offset) >= written);
  });
  return ids;
}

/**
 * Takes out of the books what the old master alone had acknowledged: Redis promises nothing for it.
 *
 * @param atRisk the ids of what was acknowledged before the service knew the new master
 * @returns how many these were
 */
export async function forgetUnreplicated(
  stage: Stage,
  replicated: ReadonlySet<string>,
  atRisk: readonly string[],
): Promise<number> {
  const { accepted } = stage.caller;
  const found = await stage.caller.find(atRisk);
  const gone = atRisk.filter((id) => !replicated.has(id) && !found.has(id));
  const calls = new Set(gone.map((id) => accepted.get(id)?.callSid));
  for (const id of gone) accepted.delete(id);
  stage.callSids.splice(0, Infinity, ...stage.callSids.filter((sid) => !calls.has(sid)));
  return gone.length;
}
