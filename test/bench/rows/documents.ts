import type { Running } from '../child.js';
import { CONNECTIONS, measuredLoad, WARM_UP_S } from '../measure/measured-load.js';
import type { Measured, Target } from '../measure/measured-load.js';
import { explainMissed } from '../measure/processor-time.js';
import { compareRates } from '../measure/quantities.js';
import { comparePlain } from '../results/comparison.js';
import type { RunningService } from '../stage.js';
import { takeTurns } from '../turns.js';
import type { BenchRow } from './row.js';

const COMPARED = { what: 'stop document', ceiling: 'bare Fastify' };

export const documentsRow: BenchRow = {
  name: 'documents',
  title: 'Serving stop documents',
  about: `Documents over ${CONNECTIONS} connections. The service, with the role \`documents\`, is asked for \`POST /laml/stop-stream/{token}\`, each link once:
it verifies the link's signature, writes the document, logs the fetch and records it in Redis as evidence. The plain build is asked for
\`POST /laml/stop-stream?STREAMNAME=…\` and only writes the document. The ceiling answers with constant bytes.`,
  async measure(stage) {
    const ours = oursOf(await stage.service({ roles: 'documents' }));
    const plain = plainOf(await stage.plain({ worker: false }));
    const ceiling = plainOf(await stage.run('bare-documents', 'service'));
    const load = async (target: Target, seconds: number): Promise<Measured> => {
      const measured = await measuredLoad(stage, target, seconds);
      if (target === ours) await stage.empty('ours');
      return measured;
    };
    for (const target of [ours, plain, ceiling]) await load(target, stage.choose(WARM_UP_S, 1));
    const seconds = 2;
    const rounds = await takeTurns(stage, documentsRow.name, {
      ours: () => load(ours, seconds),
      plain: () => load(plain, seconds),
      ceiling: () => load(ceiling, seconds),
    });
    return [
      ...compareRates(rounds, {
        ...COMPARED,
        thing: 'documents',
        goal: { atLeast: 0.9 },
        chart: { label: 'stop documents', unit: '/s', better: 'higher' },
      }),
      comparePlain(rounds, 'p99Ms', { ...COMPARED, quantity: 'p99, ms' }),
    ];
  },
  explain(stage, outcomes) {
    const work = (targetFor: (running: Running) => Target) => (running: Running) =>
      measuredLoad(stage, targetFor(running), stage.choose(3, 2));
    return explainMissed(
      stage,
      outcomes,
      { what: COMPARED.what, of: 'one document' },
      {
        ours: {
          start: (profileTo) => stage.service({ roles: 'documents', profileTo }),
          work: work((running) => oursOf(running as RunningService)),
        },
        plain: { start: (profileTo) => stage.plain({ worker: false, profileTo }), work: work(plainOf) },
      },
    );
  },
};

const oursOf = ({ documentsUrl, pid, linkSecret }: RunningService): Target => ({
  url: documentsUrl,
  pid,
  connections: CONNECTIONS,
  requests: { kind: 'links', secret: linkSecret },
});

const plainOf = ({ url, pid }: Running): Target => ({
  url,
  pid,
  connections: CONNECTIONS,
  requests: { kind: 'names' },
});
