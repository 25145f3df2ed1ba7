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

interface Queue {
  readonly projects: readonly { readonly state: string }[];
}

export const documentsUnfetched: Drill = {
  name: 'documents-unfetched',
  fault: `${CALLERS.toLocaleString('en')} callers while \`PUBLIC_URL\` leads nowhere, so that every accepted update drops its call; it works again after a probe`,
  limitMs: 300_000,
  async strike(stage) {
    const proxy = await stage.proxyTo(Number(stage.variables['PUBLIC_PORT']));
    await proxy.refuse();
    stage.variables['PUBLIC_URL'] = `http://127.0.0.1:${proxy.port}`;
    await stage.startAll();
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

/** Calls that ended because neither `Url` nor `FallbackUrl` could be fetched. */
const dropped = (stage: Stage, sids: readonly string[]): number =>
  stage.callViews(sids).filter(({ endReason }) => endReason === 'no_document').length;

async function stateIs(stage: Stage, state: string): Promise<boolean> {
  const { status, body } = await stage.caller.get('/queue');
  return status === 200 && (body as unknown as Queue).projects[0]?.state === state;
}
