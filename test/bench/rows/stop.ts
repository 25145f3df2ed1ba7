import { stopTimes } from '../measure/idle-stops.js';
import type { BareHopsSetup } from '../programs/bare-hops.js';
import { comparePlain } from '../results/comparison.js';
import { takeTurns } from '../turns.js';
import type { BenchRow } from './row.js';

const WHAT = 'request to document, idle';
const CEILING = 'two bare HTTP hops';
const WARM_UP = 100;

export const stopRow: BenchRow = {
  name: 'stop',
  title: 'Time to stop',
  about: `One stop at a time in an otherwise idle process with all roles: from the request until the document has been read in SignalWire's
place. The ceiling is a \`node:http\` server that turns each request into an update at once and serves the document, with no queue in
between. The network and SignalWire's own time come on top for all of them.

The service waits for three answers of Redis more than the plain build before it sends the update: it registers the cancellation with its
call's lane, takes the lane, and saves the attempt.`,
  async measure(stage) {
    const stopwatch = await stage.run('stopwatch', 'load');
    const stubUrl = stopwatch.url;
    const service = await stage.service({ roles: 'api,worker,documents', stubUrl });
    const plain = await stage.plain({ worker: true, stubUrl });
    const hops = await stage.run('bare-hops', 'service', { stubUrl } satisfies BareHopsSetup);
    const times = (url: string, samples: number) => stopTimes(stage, stopwatch, url, samples);
    for (const { url } of [service, plain, hops]) await times(url, stage.choose(WARM_UP, 10));
    const samples = stage.choose(200, 40);
    const rounds = await takeTurns(stage, stopRow.name, {
      ours: () => times(service.url, samples),
      plain: () => times(plain.url, samples),
      ceiling: () => times(hops.url, samples),
    });
    const compared = { what: WHAT, ceiling: CEILING };
    const p99 = comparePlain(rounds, 'p99Ms', {
      ...compared,
      quantity: 'p99, ms',
      goal: { atMost: 1 },
      chart: { label: 'time to document, p99', unit: 'ms', better: 'lower' },
    });
    return [
      comparePlain(rounds, 'p50Ms', {
        ...compared,
        quantity: 'p50, ms',
        chart: { label: 'time to document, p50', unit: 'ms', better: 'lower' },
      }),
      p99,
      {
        what: WHAT,
        quantity: 'p99, ms',
        ours: p99.ours,
        theirs: rounds.ceiling.map(({ p99Ms }) => p99Ms),
        comparedWith: CEILING,
        goal: { atMostMoreMs: 5 },
      },
    ];
  },
};
