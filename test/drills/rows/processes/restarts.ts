import type { Drill } from '../../drill.js';
import type { Reply } from '../../parts/caller.js';
import { Caller } from '../../parts/caller.js';
import type { ServiceProcess } from '../../parts/service-process.js';
import type { Stage } from '../../stage.js';

const IN_FLIGHT = 100;
const ASKS_EVERY_MS = 25;
/** The defaults; other drills use shorter ones. */
const PATIENT = { SHUTDOWN_TIMEOUT_MS: '20000', DRAIN_MS: '8000' };

export const restarts: readonly Drill[] = [
  {
    name: 'sigterm-in-flight',
    fault: `SIGTERM to a process with all roles and ${IN_FLIGHT} attempts under way`,
    async strike(stage) {
      Object.assign(stage.variables, PATIENT);
      const service = await stage.start('api,worker,documents');
      const sids = stage.calls(IN_FLIGHT, () => [{ latencyMs: 1500, fetch: { delayMs: 500 } }]);
      await stage.provenDelivery();
      await stage.caller.insistOnAll(sids.map((callSid) => ({ callSid })));
      await stage.until('all POSTs are under way', 10_000, () =>
        stage.callViews(sids).every(({ updates }) => updates.length > 0),
      );
      const code = await service.stop();
      stage.expect(code === 0, `exit code ${code}`);
      const open = sids.filter((sid) => !stage.isStopped(sid)).length;
      stage.expect(open === 0, `${open} streams were still running when it ended`);
      const back = performance.now();
      await service.start(stage.signal);
      return { recoveryMs: performance.now() - back };
    },
  },
  {
    name: 'rolling-restart',
    fault: 'rolling restart of 2 API, 2 worker and 2 documents processes under load',
    limitMs: 240_000,
    async strike(stage) {
      Object.assign(stage.variables, PATIENT);
      const publicPorts = [await stage.ports.next(), await stage.ports.next()];
      const [PUBLIC_URL = '', FALLBACK_URL = ''] = publicPorts.map((port) => `http://127.0.0.1:${port}`);
      Object.assign(stage.variables, { PUBLIC_URL, FALLBACK_URL });
      const processes = await Promise.all([
        ...['api', 'api', 'worker', 'worker'].map((role) => stage.start(role)),
        ...publicPorts.map((port) => stage.start('documents', { PUBLIC_PORT: String(port) })),
      ]);
      const replies = await askWhile(stage, restartAll(stage, processes));
      const bad = replies.filter(({ status }) => status !== 202);
      stage.expect(bad.length === 0, `${bad.length} of ${replies.length} requests got ${kindsOf(bad)}`);
      return { recoveryMs: null };
    },
  },
];

async function restartAll(stage: Stage, processes: readonly ServiceProcess[]): Promise<void> {
  for (const process of processes) {
    const code = await process.stop();
    stage.expect(code === 0, `${process.variables['ROLES']}: exit code ${code}`);
    await process.start(stage.signal);
  }
}

/** Requests stops at a steady pace, on connections that are kept, until `done`. */
async function askWhile(stage: Stage, done: Promise<void>): Promise<Reply[]> {
  const balancer = await stage.own(
    async () => new Caller(stage.signal, { keepAlive: true, accepted: stage.caller.accepted }),
    (caller) => caller.close(),
  );
  balancer.urls.push(...stage.caller.urls);
  const end = new AbortController();
  const replies: Promise<Reply>[] = [];
  const ask = async (): Promise<void> => {
    while (!end.signal.aborted) {
      replies.push(balancer.ask({ callSid: stage.call() }));
      await stage.wait(ASKS_EVERY_MS);
    }
  };
  await Promise.all([ask(), done.finally(() => end.abort())]);
  return Promise.all(replies);
}

/** For example `3 ECONNRESET, 1 503 queue_unavailable`. */
function kindsOf(replies: readonly Reply[]): string {
  const kinds = replies.map(({ status, error, body }) => error ?? `${status} ${body.code ?? ''}`.trim());
  return [...new Set(kinds)]
    .map((kind) => `${kinds.filter((other) => other === kind).length} ${kind}`)
    .join(', ');
}
