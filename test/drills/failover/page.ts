import type { Result } from '../drill.js';
import { machineText, resultTable } from '../report.js';
import type { Machine } from '../report.js';

/** The page `docs/failover.md`. */
export function failoverPage(results: readonly Result[], machine: Machine, on: string): string {
  const minutes = results.reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000;
  return `# Failover drills

\`npm run drills -- failover --write\` runs all of them, writes this page and takes about ${Math.ceil(minutes)} minutes.
\`npm run drills -- failover cluster\` runs those with \`cluster\` in their name.

Run on ${on}: ${machineText(machine)}.

Each drill starts its own Redis servers: a master, two replicas and three sentinels (\`down-after-milliseconds 1000\`,
\`min-replicas-to-write 1\`, \`min-replicas-max-lag 1\`), or three masters with a replica each (\`cluster-node-timeout 1000\`).
It starts a compiled service process per role, and a SignalWire simulator. Then it replaces the master of the queue while
1,000 POSTs are under way, which SignalWire answers only after the failover, and while 20 new cancellations come per second.
A caller that gets a 503 asks again with the same \`Idempotency-Key\`. Once another node is the master and a new cancellation
is proven, the old master comes back.

Afterwards the program reconciles what callers, service and SignalWire know, as in the [fault drills](drills.md):

- **accepted**: cancellations answered with 202, without those that only the old master had when it was replaced. These are
  **lost** with it, and counted in the last column.
- **lost**: those that were also on every replica, and are now unfinished or unknown. There must be none.
- **doubled**: POSTs for a call that had been stopped already, which the failover does not explain. There must be none.
- **repeated**, in the last column: all POSTs beyond the first of their call. A run that has lost what it knew about its
  POST asks for the state of the call before it sends another one.
- **recovery**: from the promotion of the new master until a new cancellation was accepted, sent and proven, for which the
  worker and its subscription to evidence must be back. At most 5 s.
- Every request is answered, and each process is ready in the end without a restart.

${resultTable(results)}
`;
}
