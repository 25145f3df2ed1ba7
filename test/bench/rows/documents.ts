import { STOP_STREAM_PATH } from '../../../src/links/stop-links.js';
import { processorTimeOf } from '../breakdown.js';
import type { Goal, Outcome } from '../comparison.js';
import { providePython, startGuideServer } from '../guide-server.js';
import { measuredLoad } from '../measured-load.js';
import type { Measured, Target } from '../measured-load.js';
import type { BareDocumentsSetup } from '../programs/bare-documents.js';
import { processorTimesIn, quantitiesOf } from '../quantities.js';
import type { Running, RunningService } from '../running.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import type { BenchRow } from './row.js';

const WHAT = 'stop document, signed token';
const CONNECTIONS = 50;
const OURS = 'ours';

interface Other {
  readonly name: string;
  readonly goal?: Goal;
  readonly start: () => Promise<Target>;
}

export const documentsRow: BenchRow = {
  name: 'documents',
  title: 'The stop document',
  about: `\`POST /laml/stop-stream/{token}\` at the role \`documents\`, over ${CONNECTIONS} connections: the signature is verified, the
document written, the fetch logged, counted and recorded in Redis as evidence. Each link is asked for once, for a stream and a
cancellation of its own. The bare servers are asked for such links too, some of them more than once, and answer each with the
same bytes. The guide's server is its Flask example with the document written by the library that its SDK uses, as \`app.run\` and
with gunicorn (2 processes of 8 threads). An answer that has to wake the load generator takes a server twice as long to send as one
that finds it at work, as most of the ceiling's do: that is the larger part of what Fastify takes more of below.`,
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
          stage.run('bare-documents', 'service', { by: 'fastify' } satisfies BareDocumentsSetup, {
            profileTo,
          }),
        work: work(bareTargetOf),
      },
    });
    return [breakdown];
  },
};

/** All of them in each round. */
async function compareWithAll(stage: Stage, ours: Target, others: readonly Other[]): Promise<Outcome[]> {
  const started = new Map<string, Target | Error>();
  for (const other of others) started.set(other.name, await startOf(other));
  const load = (target: Target, seconds: number): Promise<Measured> =>
    measuredLoad(stage, target, CONNECTIONS, seconds);
  const sides: Record<string, () => Promise<Measured>> = {};
  for (const [name, target] of [[OURS, ours] as const, ...started]) {
    if (target instanceof Error) continue;
    await load(target, stage.choose(2, 1));
    sides[name] = () => load(target, stage.choose(4, 1));
  }
  const { [OURS]: measured = [], ...theirs } = await takeTurns(stage, documentsRow.name, sides);
  return others.flatMap(({ name, goal }): Outcome[] => {
    const target = started.get(name);
    if (target instanceof Error) return [{ what: WHAT, ceiling: name, reason: target.message }];
    const rounds = { ours: measured, theirs: theirs[name] ?? [] };
    return quantitiesOf({ what: WHAT, ceiling: name, rounds, ...(goal && { goal }) });
  });
}

const startOf = ({ start }: Other): Promise<Target | Error> =>
  start().catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));

const oursOf = (service: RunningService): Target => ({
  url: service.documentsUrl,
  pid: service.pid,
  requests: linksFor(service.linkSecret),
});

const bare = async (stage: Stage, by: BareDocumentsSetup['by']): Promise<Target> =>
  bareTargetOf(await stage.run('bare-documents', 'service', { by } satisfies BareDocumentsSetup));

const bareTargetOf = ({ url, pid }: Running): Target => ({
  url,
  pid,
  requests: linksFor('bench'),
});

async function guide(stage: Stage, by: 'flask' | 'gunicorn'): Promise<Target> {
  const python = await providePython((line) => stage.program.write(line));
  const { origin, pathname } = new URL(await startGuideServer(stage, python, by));
  return { url: origin, requests: { kind: 'path', path: pathname } };
}

/** Signed links, of which those to a service need its own secret. */
export const linksFor = (secret: string): Target['requests'] => ({
  kind: 'links',
  path: STOP_STREAM_PATH,
  secret,
});
