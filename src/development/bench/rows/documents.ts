import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { signLink } from '../../../documents/link-token.js';
import { STOP_STREAM_PATH } from '../../../documents/stop-links.js';
import { GUIDE_THEN } from '../../../documents/verbs.js';
import { processorTimeOf } from '../breakdown.js';
import { linesOf } from '../comparison.js';
import type { Goal, Outcome } from '../comparison.js';
import { providePython, startGuideServer } from '../guide-server.js';
import { measuredLoad, processorTimesIn, quantitiesOf } from '../measured-load.js';
import type { Measured, Target } from '../measured-load.js';
import type { BareDocumentsSetup } from '../programs/bare-documents.js';
import type { Running, RunningService } from '../running.js';
import type { Stage } from '../stage.js';
import type { BenchRow } from './row.js';

const WHAT = 'stop document, signed token';
const CONNECTIONS = 50;
const LINKS = 200;
const DAY_MS = 86_400_000;

interface Other {
  readonly name: string;
  readonly goal?: Goal;
  readonly start: () => Promise<Target>;
}

export const documentsRow: BenchRow = {
  name: 'documents',
  title: 'The stop document',
  about: `\`POST /laml/stop-stream/{token}\` at the role \`documents\`, over ${CONNECTIONS} connections: the signature is verified, the
document written, the fetch logged, counted and recorded in Redis as evidence. The bare servers answer every request with
the same bytes. The guide's server is its Flask example with the document written by the library that its SDK uses, as
\`app.run\` and with gunicorn (2 processes of 8 threads).`,
  async measure(stage) {
    const service = await stage.service({ roles: 'documents', prefix: '{bench-documents}' });
    const ours = oursOf(service);
    const others: Other[] = [
      { name: 'bare Fastify', goal: { atLeast: 0.85 }, start: () => bare(stage, 'fastify') },
      { name: 'node:http', start: () => bare(stage, 'node:http') },
      { name: "the guide's Flask server", goal: { atLeast: 25 }, start: () => guide(stage, 'flask') },
      {
        name: "the guide's server with gunicorn",
        goal: { atLeast: 8 },
        start: () => guide(stage, 'gunicorn'),
      },
    ];
    return compareWithAll(stage, ours, others);
  },
  async explain(stage, outcomes) {
    const [times] = processorTimesIn(outcomes);
    if (times === undefined) return [];
    const work = (requestsTo: (running: Running) => Target) => (running: Running) =>
      measuredLoad(stage, requestsTo(running), CONNECTIONS, stage.choose(6, 1));
    const breakdown = await processorTimeOf(stage, 'a request', {
      ours: {
        eachUs: times.ours,
        start: (profileTo) => stage.service({ roles: 'documents', prefix: '{bench-profile}', profileTo }),
        work: work((running) => oursOf(running as RunningService)),
      },
      theirs: {
        eachUs: times.theirs,
        start: (profileTo) =>
          stage.run('bare-documents', 'service', { by: 'fastify' } satisfies BareDocumentsSetup, profileTo),
        work: work(bareTargetOf),
      },
    });
    return [breakdown];
  },
};

/** All of them in each round, ours first. */
async function compareWithAll(stage: Stage, ours: Target, others: readonly Other[]): Promise<Outcome[]> {
  const started: (Target | Error)[] = [];
  for (const other of others) started.push(await startOf(other));
  const measured: Measured[] = [];
  const theirs = others.map((): Measured[] => []);
  const load = (target: Target, seconds: number): Promise<Measured> =>
    measuredLoad(stage, target, CONNECTIONS, seconds);
  for (const target of [ours, ...started])
    if (!(target instanceof Error)) await load(target, stage.choose(2, 1));
  await stage.eachRound(documentsRow.name, async () => {
    const seconds = stage.choose(4, 1);
    measured.push(await load(ours, seconds));
    for (const [index, target] of started.entries()) {
      if (!(target instanceof Error)) theirs[index]?.push(await load(target, seconds));
    }
  });
  return others.flatMap(({ name, goal }, index): Outcome[] => {
    const target = started[index];
    if (target instanceof Error) return [{ what: WHAT, ceiling: name, reason: target.message }];
    const rounds = { ours: measured, theirs: theirs[index] ?? [] };
    if (name.startsWith('the guide')) {
      const lines = linesOf(rounds, 'perSecond');
      return [{ what: WHAT, quantity: 'requests/s', ceiling: name, ...lines, ...(goal && { goal }) }];
    }
    return quantitiesOf(stage, { what: WHAT, ceiling: name, rounds, ...(goal && { goal }) });
  });
}

const startOf = ({ start }: Other): Promise<Target | Error> =>
  start().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

const oursOf = (service: RunningService): Target => ({
  url: service.documentsUrl,
  pid: service.pid,
  requests: linksFor(service),
});

const bare = async (stage: Stage, by: BareDocumentsSetup['by']): Promise<Target> =>
  bareTargetOf(await stage.run('bare-documents', 'service', { by } satisfies BareDocumentsSetup));

const bareTargetOf = ({ url, pid }: Running): Target => ({
  url,
  pid,
  requests: { kind: 'paths', paths: ['/document'] },
});

async function guide(stage: Stage, by: 'flask' | 'gunicorn'): Promise<Target> {
  const python = await providePython((line) => stage.program.write(line));
  const { origin, pathname } = new URL(await startGuideServer(stage, python, by));
  return { url: origin, requests: { kind: 'paths', paths: [pathname] } };
}

/** Links as the worker hands them out, each for another cancellation. */
export function linksFor({ linkSecret }: RunningService): Target['requests'] {
  const paths = Array.from({ length: LINKS }, () => {
    const claims = {
      project: 'default',
      callSid: randomUUID(),
      stops: [{ cancellationId: uuidv7(), streamName: 'stream' }],
      then: GUIDE_THEN,
      sentAt: Date.now(),
      expiresAt: Date.now() + DAY_MS,
    };
    return `${STOP_STREAM_PATH}/${signLink(claims, linkSecret)}`;
  });
  return { kind: 'paths', paths };
}
