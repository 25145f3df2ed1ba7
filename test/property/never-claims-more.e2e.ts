import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { reconcile } from '../drills/reconciliation.js';
import { isAborted, unfoundedClaims } from './claims.js';
import { episode } from './episode.js';
import { startTheatre } from './play.js';
import type { Played } from './play.js';

const REQUEST_TIMEOUT_MS = 1000;
const CONFIRMATION_TIMEOUT_MS = 1000;

/** All at once, so that they take no longer than the longest deadline. */
const EPISODES = 80;
const RUNS = 1;

const NOTED_WITHIN_MS = 1000;
/** A request passes a proxy on its way to SignalWire, all in this process. */
const TURNS_OF_A_REQUEST = 4;

/** Simplifying a counterexample ends then. */
const LIMIT_MS = 60_000;

const loop = monitorEventLoopDelay();
/** Later, the busier this process has been. */
const notedWithinMs = (): number => NOTED_WITHIN_MS + (TURNS_OF_A_REQUEST * loop.max) / 1e6;

let theatre: Awaited<ReturnType<typeof startTheatre>>;
beforeAll(async () => {
  loop.enable();
  theatre = await startTheatre({
    REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
    CONFIRMATION_TIMEOUT_MS: String(CONFIRMATION_TIMEOUT_MS),
    WORKER_CONCURRENCY: '500',
    BACKOFF_BASE_MS: '50',
    BACKOFF_CAP_MS: '300',
  });
});
afterAll(async () => {
  loop.disable();
  await theatre.close();
});

describe('a finished cancellation', () => {
  it('claims no more than SignalWire knows, whatever it answered', { timeout: 2 * LIMIT_MS }, async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(episode, { minLength: EPISODES, maxLength: EPISODES, size: 'max' }),
        async (episodes) => {
          const played = await Promise.all(episodes.map((one) => theatre.play(one)));
          for (const { cancellations } of played)
            for (const { status, evidence } of cancellations) seen.add(`${status} ${evidence}`);
          expect([...played.flatMap(unfounded), ...reconciled(played)]).toEqual([]);
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS },
    );
    // Else the property would hold for nothing.
    expect([...seen]).toEqual(expect.arrayContaining(['succeeded document_fetched', 'succeeded call_ended']));
  });
});

const unfounded = ({ episode: told, cancellations, call }: Played): object[] =>
  cancellations.flatMap((cancellation) => {
    const claims = unfoundedClaims(cancellation, call, notedWithinMs());
    return claims.length === 0 ? [] : [{ claims, episode: told, cancellation, call }];
  });

/** The reconciliation of the drills. */
function reconciled(played: readonly Played[]): readonly string[] {
  const cancellations = played.flatMap((one) => one.cancellations);
  return reconcile({
    accepted: cancellations,
    found: new Map(cancellations.map((one) => [one.id, asNoted(one)])),
    states: new Map(),
    // What an aborted fetch has brought is not in SignalWire's books.
    calls: played.map(({ call }) => call).filter(({ fetches }) => !fetches.some(isAborted)),
    limits: {
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      confirmationTimeoutMs: CONFIRMATION_TIMEOUT_MS,
      interruptions: [],
    },
    mayLose: false,
  }).violations;
}

/** With the deadline as it shows in SignalWire's books. */
const asNoted = (cancellation: Cancellation) =>
  Object.assign({}, cancellation, {
    streamName: String(cancellation.streamName),
    deadline: new Date(Date.parse(cancellation.deadline) + notedWithinMs() - NOTED_WITHIN_MS).toISOString(),
  });
