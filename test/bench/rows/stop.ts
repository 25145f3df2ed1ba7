import { linesOf } from '../comparison.js';
import { compareStops, stoppingService, stopsBy } from '../idle-stops.js';
import type { BareHopsSetup } from '../programs/bare-hops.js';
import type { BenchRow } from './row.js';

export const stopRow: BenchRow = {
  name: 'stop',
  title: 'Time to stop, end to end',
  about: `One stop at a time, as above: from the request until the document has been read in SignalWire's place. The ceiling is two
bare HTTP hops, a \`node:http\` server that passes each request on as an update at once and serves the document, with no
queue in between. The network and SignalWire's own time come on top of both.`,
  async measure(stage) {
    const stopwatch = await stage.run('stopwatch', 'load');
    const ours = stopsBy(stage, await stoppingService(stage, stopwatch, '{bench-stop}'));
    const hops = await stage.run('bare-hops', 'service', { stubUrl: stopwatch.url } satisfies BareHopsSetup);
    const theirs = { kind: 'http', url: hops.url, authorization: stage.authorization } as const;
    const rounds = await compareStops(stage, stopRow.name, stopwatch, [ours, theirs]);
    const compared = { what: 'request to document, idle', ceiling: 'two bare HTTP hops' };
    return [
      { ...compared, quantity: 'p50, ms', ...linesOf(rounds, 'toDocumentP50') },
      { ...compared, quantity: 'p99, ms', ...linesOf(rounds, 'toDocumentP99'), goal: { atMostMore: 5 } },
    ];
  },
};
