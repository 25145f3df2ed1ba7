import type { CallView } from '../../../../src/simulator/calls/call-view.js';
import type { Drill } from '../../drill.js';
import type { Stage } from '../../stage.js';

const BATCH = 1000;
const OTHERS_EVERY_MS = 50;
const OTHERS_WITHIN_MS = 2000;
const DEADLINE_MS = 300_000;
const LOOKS_AGAIN_AFTER_MS = 250;

/** Many streams of one call, while other calls must not notice. */
export const namesOnOneCall: readonly Drill[] = [1000, 3000].map((names): Drill => ({
  name: `names-on-one-call-${names}`,
  fault: `${names.toLocaleString('en')} names on one call; meanwhile ${1000 / OTHERS_EVERY_MS} other calls per second, each with its document within ${OTHERS_WITHIN_MS / 1000} s`,
  limitMs: DEADLINE_MS,
  async strike(stage) {
    await stage.startAll();
    await stage.stopped();
    const streams = Array.from({ length: names }, (_, number) => `stream ${number}`);
    const callSid = stage.callWith(streams);
    const others = await othersWhile(stage, allStopped(stage, callSid, streams));
    expectOthersInTime(stage, others);
    return { recoveryMs: null };
  },
}));

async function allStopped(stage: Stage, callSid: string, streams: readonly string[]): Promise<void> {
  const wishes = streams.map((streamName) => ({ callSid, streamName, deadlineMs: DEADLINE_MS }));
  for (let first = 0; first < wishes.length; first += BATCH)
    await stage.caller.insistOnBatch(wishes.slice(first, first + BATCH));
  while (!stage.isStopped(callSid)) await stage.wait(LOOKS_AGAIN_AFTER_MS);
}

/** When each other call's stop was requested, in epoch ms by SID. */
type Others = ReadonlyMap<string, number>;

/** Requests stops of other calls at a steady pace until `done`. */
async function othersWhile(stage: Stage, done: Promise<void>): Promise<Others> {
  const end = new AbortController();
  const requestedAt = new Map<string, number>();
  const requests: Promise<string>[] = [];
  const ask = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const callSid = stage.call();
      requestedAt.set(callSid, Date.now());
      requests.push(stage.caller.insist({ callSid }));
      await stage.wait(OTHERS_EVERY_MS);
    }
  };
  await Promise.all([ask(), done.finally(() => end.abort())]);
  await Promise.all(requests);
  await stage.until('the other calls are stopped', 10_000, () =>
    [...requestedAt.keys()].every((sid) => stage.isStopped(sid)),
  );
  return requestedAt;
}

function expectOthersInTime(stage: Stage, others: Others): void {
  const times = stage
    .callViews([...others.keys()])
    .map((call) => documentAfterMs(call, others.get(call.sid) ?? 0));
  const late = times.filter((time) => !(time <= OTHERS_WITHIN_MS));
  const slowest = (Math.max(...times) / 1000).toFixed(1);
  stage.expect(
    late.length === 0,
    `${late.length} of ${times.length} other calls got their document too late, one after ${slowest} s`,
  );
}

const documentAfterMs = ({ fetches }: CallView, requestedAt: number): number =>
  Date.parse(fetches[0]?.startedAt ?? '') - requestedAt;
