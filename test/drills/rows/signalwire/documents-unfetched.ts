import type { Drill } from '../../drill.js';
import type { Stage } from '../../stage.js';

const CALLERS = 1000;
/** Most have time left when the address works again; some have not. */
const DEADLINE_MS = 600_000;
const SHORT_DEADLINE_MS = 20_000;
const SHORT_ONES = 100;

/** What may be lost before the project stops. */
const MOST_DROPPED = 3;
const PROBE_EVERY_MS = 30_000;
const MARGIN_MS = 10_000;

const PER_SECOND = 20;
const WORKS_FOR_MS = 6000;
const BREAKS_FOR_MS = 6000;
/** As many as a worker handles at a time, by default, and three. */
const MOST_DROPPED_UNDER_LOAD = 100 + MOST_DROPPED;

interface Queue {
  readonly projects: readonly { readonly state: string }[];
}

const fromTheStart: Drill = {
  name: 'documents-unfetched',
  fault: `${CALLERS.toLocaleString('en')} callers while \`PUBLIC_URL\` leads nowhere, so that every accepted update drops its call; it works again after a probe`,
  limitMs: 300_000,
  async strike(stage) {
    const proxy = await stage.proxyTo(Number(stage.variables['PUBLIC_PORT']));
    await proxy.refuse();
    stage.variables['PUBLIC_URL'] = `http://127.0.0.1:${proxy.port}`;
    // A busy machine could not serve more at once within SignalWire's 5 s, once all may be sent.
    await stage.startAll({ WORKER_CONCURRENCY: '10' });
    const sids = stage.calls(CALLERS);
    const ids = await stage.caller.insistOnBatch(
      sids.map((callSid, index) => ({
        callSid,
        streamName: 'stream',
        deadlineMs: index < SHORT_ONES ? SHORT_DEADLINE_MS : DEADLINE_MS,
      })),
    );

    await stage.until('the project is undelivered', 30_000, () => stateIs(stage, 'undelivered'));
    const atFirst = dropped(stage, sids);
    stage.expect(atFirst <= MOST_DROPPED, `${atFirst} calls were dropped before the project stopped`);
    await stage.until('a probe', PROBE_EVERY_MS + MARGIN_MS, () => dropped(stage, sids) > atFirst);
    stage.expect(dropped(stage, sids) === atFirst + 1, 'a probe dropped more than one call');

    await proxy.open();
    const recoveryMs = await stage.until('the project works again', PROBE_EVERY_MS + MARGIN_MS, () =>
      stateIs(stage, 'working'),
    );
    await stage.until('the others are stopped', 120_000, () =>
      sids.every((sid, index) => index < SHORT_ONES || stage.isStopped(sid)),
    );
    stage.expect(dropped(stage, sids) === atFirst + 1, `${dropped(stage, sids)} calls were dropped`);
    const found = await stage.caller.find(ids.slice(0, SHORT_ONES));
    const expired = [...found.values()].filter(({ status }) => status === 'expired').length;
    stage.expect(expired >= SHORT_ONES - MOST_DROPPED - 1, `${expired} with little time expired`);
    return { recoveryMs };
  },
};

const underLoad: Drill = {
  name: 'documents-unfetched-under-load',
  fault: `\`PUBLIC_URL\` leads nowhere all at once, while ${PER_SECOND} requests per second come; it works again after the project has stopped`,
  limitMs: 240_000,
  settlesWithinMs: 60_000,
  async strike(stage) {
    const proxy = await stage.proxyTo(Number(stage.variables['PUBLIC_PORT']));
    stage.variables['PUBLIC_URL'] = `http://127.0.0.1:${proxy.port}`;
    await stage.startAll();
    await stage.stopped();
    const before = await requestsFor(stage, WORKS_FOR_MS);
    await proxy.refuse();
    const after = await requestsFor(stage, BREAKS_FOR_MS);
    await stage.until('the project is undelivered', 60_000, () => stateIs(stage, 'undelivered'));
    const lost = dropped(stage, [...before, ...after]);
    stage.expect(lost <= MOST_DROPPED_UNDER_LOAD, `${lost} calls were dropped`);

    await proxy.open();
    const recoveryMs = await stage.until('the project works again', PROBE_EVERY_MS + MARGIN_MS, () =>
      stateIs(stage, 'working'),
    );
    return { recoveryMs, note: `${lost} of ${before.length + after.length} calls were dropped` };
  },
};

export const documentsUnfetched: readonly Drill[] = [fromTheStart, underLoad];

/** Asks for the stop of a new call, evenly, for that long. @returns the calls' SIDs */
async function requestsFor(stage: Stage, forMs: number): Promise<string[]> {
  const start = performance.now();
  const asked: Promise<string>[] = [];
  const sids: string[] = [];
  for (let atMs = 0; atMs < forMs; atMs += 1000 / PER_SECOND) {
    await stage.wait(Math.max(0, start + atMs - performance.now()));
    const callSid = stage.call();
    sids.push(callSid);
    asked.push(stage.caller.insist({ callSid, deadlineMs: DEADLINE_MS }));
  }
  await Promise.all(asked);
  return sids;
}

/** Calls that ended because neither `Url` nor `FallbackUrl` could be fetched. */
const dropped = (stage: Stage, sids: readonly string[]): number =>
  stage.callViews(sids).filter(({ endReason }) => endReason === 'no_document').length;

async function stateIs(stage: Stage, state: string): Promise<boolean> {
  const { status, body } = await stage.caller.get('/queue');
  return status === 200 && (body as unknown as Queue).projects[0]?.state === state;
}
