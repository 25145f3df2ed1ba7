import type { Drill, Struck } from '../drill.js';
import type { Cancellation } from '../parts/cancellation.js';
import { resumedAfter } from '../settlement.js';
import type { Stage } from '../stage.js';
import { Network } from './network.js';
import type { Host } from './network.js';

const ASKS_EVERY_MS = 50;
const BEFORE_MS = 3000;
/** Longer than a lock on a job lasts, so that another worker takes over. */
const AWAY_MS = 20_000;
const AFTER_MS = 3000;
const DEADLINE_MS = 120_000;
const SETTLES_WITHIN_MS = 60_000;

/** SignalWire takes its time, so that some attempts are under way at any moment. */
const SLOW = { latencyMs: 500, fetch: { delayMs: 500 } } as const;

/** From the return of the host until the stream of a new call is stopped. */
const RECOVERS_WITHIN_MS: Readonly<Record<Exclude<Host, 'callers' | 'worker 2'>, number>> = {
  // Callers first give up requests that were sent into the void, which takes them 5 s.
  api: 10_000,
  worker: 20_000,
  // Nothing is sent until a probe shows that documents are fetched again.
  documents: 35_000,
  redis: 5000,
  SignalWire: 35_000,
};

type Breakable = keyof typeof RECOVERS_WITHIN_MS;

const FAULTS: Readonly<Record<Breakable, string>> = {
  api: 'the host of the API',
  worker: 'one of two hosts with a worker',
  documents: 'the host of the documents',
  redis: 'the host of Redis',
  SignalWire: 'SignalWire',
};

/** Every part on a host of its own; one of them is cut off from all others under load, and brought back. */
export const hostsCutOff: readonly Drill[] = (Object.keys(FAULTS) as Breakable[]).map(cutOff);

function cutOff(host: Breakable): Drill {
  let network: Network;
  return {
    name: `hosts-${host.toLowerCase()}-cut-off`,
    fault: `${FAULTS[host]} is cut off for ${AWAY_MS / 1000} s while 20 requests per second come; each part on a host of its own`,
    premises: async (program) => {
      network = await Network.open(program);
      return network;
    },
    limitMs: 180_000,
    settlesWithinMs: SETTLES_WITHIN_MS,
    async strike(stage) {
      await Promise.all([stage.startAll(), stage.start('worker')]);
      await stage.stopped();
      const load = askSteadily(stage);
      await stage.wait(BEFORE_MS);
      const from = Date.now();
      await network.cutOff(host);
      await stage.wait(AWAY_MS);
      await network.bringBack(host);
      stage.interrupted(from);
      const backMs = await stage.stopped(undefined, SETTLES_WITHIN_MS);
      await stage.wait(AFTER_MS);
      const ids = await load.end();
      return struck(stage, host, { ids, from, backMs });
    },
  };
}

interface Observed {
  readonly ids: readonly string[];
  /** Of the fault; epoch milliseconds. */
  readonly from: number;
  /** From the end of the fault until the stream of a new call was stopped. */
  readonly backMs: number;
}

async function struck(stage: Stage, host: Breakable, { ids, from, backMs }: Observed): Promise<Struck> {
  await stage.until('all are finished', SETTLES_WITHIN_MS, async () =>
    [...(await stage.caller.find(ids)).values()].every(({ finishedAt }) => finishedAt !== null),
  );
  const all = [...(await stage.caller.find(ids)).values()];
  const recoveryMs = host === 'worker' ? resumedAfter(all.filter(wasOpenAt(from)), from) : backMs;
  stage.expect(
    recoveryMs <= RECOVERS_WITHIN_MS[host],
    `worked again only after ${(recoveryMs / 1000).toFixed(1)} s`,
  );
  return { recoveryMs, note: endsOf(all) };
}

const wasOpenAt =
  (time: number) =>
  ({ createdAt, finishedAt }: Cancellation): boolean =>
    Date.parse(createdAt) < time && Date.parse(finishedAt ?? '') > time;

/** For example `380 document_fetched, 3 call_ended`. */
function endsOf(all: readonly Cancellation[]): string {
  const ends = all.map(({ status, evidence }) => (status === 'succeeded' ? evidence : status));
  return [...new Set(ends)].map((end) => `${ends.filter((other) => other === end).length} ${end}`).join(', ');
}

/** A new request at a steady pace, each repeated until it is accepted. */
function askSteadily(stage: Stage): { end(): Promise<string[]> } {
  const over = new AbortController();
  const asked: Promise<string>[] = [];
  const asking = (async () => {
    while (!over.signal.aborted) {
      const accepted = stage.caller.insist({ callSid: stage.call(SLOW), deadlineMs: DEADLINE_MS });
      // `end` reports what fails before that.
      accepted.catch(() => undefined);
      asked.push(accepted);
      await stage.wait(ASKS_EVERY_MS);
    }
  })();
  return {
    end: async () => {
      over.abort();
      await asking;
      return Promise.all(asked);
    },
  };
}
