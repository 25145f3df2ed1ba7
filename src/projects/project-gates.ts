import type { Redis } from 'ioredis';
import { defineScript } from '../redis/script.js';
import type { Script } from '../redis/script.js';
import { DUE, FAILS, PASS, WORKS } from './project-gates.lua.js';

/**
 * What keeps a project's cancellations from being sent: SignalWire asked to wait (429), refused the credentials (401, 403),
 * or failed several calls in a row (5xx, timeouts, no connection).
 */
export const CLOSED_STATES = ['throttled', 'unauthorized', 'unavailable'] as const;
export type ClosedState = (typeof CLOSED_STATES)[number];

/** Whether a cancellation may be sent now; a probe and a last try may be, although the project's gate is closed. */
export type Pass =
  | { readonly kind: 'open'; readonly isTroubled: boolean }
  | { readonly kind: 'probe' | 'last_try'; readonly state: ClosedState }
  | { readonly kind: 'closed'; readonly state: ClosedState; readonly probeAt: number };

/** A project's closed gate; times are epoch milliseconds. */
export interface ClosedGate {
  readonly project: string;
  readonly state: ClosedState;
  readonly since: number;
  /** When the next cancellation is let through to see whether the project works again. */
  readonly probeAt: number;
  /** Cancellations that wait for it. */
  readonly waiting: number;
}

/** Failures of this many different calls in a row are the project's trouble, not one call's. */
const CALLS_OF_AN_OUTAGE = 5;
const RUN_REMEMBERED_MS = 60_000;

/** How long after a refusal, or a failed probe, the next probe goes: doubled each time, up to the second number. */
const PROBE_WAITS_MS: Record<ClosedState, readonly [number, number]> = {
  throttled: [1000, 30_000],
  unauthorized: [5000, 60_000],
  unavailable: [1000, 5000],
};

/** A cancellation that started by itself so long ago either waits anew, with a new time, or has come to an end. */
const STARTED_MS = 10_000;

/** However long SignalWire, or whoever answers in its place, asks to wait. */
const LONGEST_RETRY_AFTER_MS: Record<ClosedState, number> = {
  throttled: 60_000,
  unauthorized: 60_000,
  unavailable: 10_000,
};

const gateKey = (prefix: string, project: string): string => `${prefix}:gate:${project}`;
const failuresKey = (prefix: string, project: string): string => `${prefix}:failures:${project}`;
const waitingKey = (prefix: string, project: string): string => `${prefix}:waiting:${project}`;
const watchedKey = (prefix: string): string => `${prefix}:gates`;

/** Lets a project's cancellations through, or has them wait; one state in Redis for all workers. */
export class ProjectGates {
  private readonly passScript: Script<[Pass['kind'], string | number, number]>;
  private readonly worksScript: Script<ClosedState | null>;
  private readonly failsScript: Script<ClosedState | null>;
  private readonly dueScript: Script<string[]>;

  /**
   * @param probeTimeoutMs how long the outcome of a probe is awaited before another one goes
   * @param delayedKey of BullMQ's delayed jobs
   */
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly probeTimeoutMs: number,
    private readonly delayedKey: string,
  ) {
    this.passScript = defineScript(redis, 'streamstopPass', PASS);
    this.worksScript = defineScript(redis, 'streamstopWorks', WORKS);
    this.failsScript = defineScript(redis, 'streamstopFails', FAILS);
    this.dueScript = defineScript(redis, 'streamstopDue', DUE);
  }

  /** @param wakesAt when the cancellation starts by itself, should the gate stay closed; epoch milliseconds */
  async pass(
    project: string,
    cancellation: { id: string; wakesAt: number; isLastTry: boolean },
  ): Promise<Pass> {
    const [kind, detail, probeAt] = await this.passScript(
      [
        gateKey(this.prefix, project),
        failuresKey(this.prefix, project),
        waitingKey(this.prefix, project),
        watchedKey(this.prefix),
      ],
      project,
      cancellation.id,
      cancellation.wakesAt,
      cancellation.isLastTry ? 1 : 0,
      this.probeTimeoutMs,
    );
    if (kind === 'open') return { kind, isTroubled: detail === 1 };
    return kind === 'closed'
      ? { kind, state: detail as ClosedState, probeAt }
      : { kind, state: detail as ClosedState };
  }

  /**
   * SignalWire took a request of the project. Answers the state that ended with it, if one did.
   *
   * @param passedAs how the request was let through
   */
  works(project: string, passedAs: Exclude<Pass['kind'], 'closed'>): Promise<ClosedState | null> {
    return this.worksScript([gateKey(this.prefix, project), failuresKey(this.prefix, project)], passedAs);
  }

  /** A cancellation that waited for its project is finished. */
  async forget(project: string, cancellationId: string): Promise<void> {
    await this.redis.zrem(waitingKey(this.prefix, project), cancellationId);
  }

  /**
   * A request of the project failed in a way that speaks of the project rather than of the call. Answers the state that
   * began with it, if one did.
   *
   * @param retryAfterMs what SignalWire asked for
   */
  fails(
    project: string,
    state: ClosedState,
    failure: { callSid: string; isProbe: boolean; retryAfterMs: number | null },
  ): Promise<ClosedState | null> {
    const [first, longest] = PROBE_WAITS_MS[state];
    return this.failsScript(
      [gateKey(this.prefix, project), failuresKey(this.prefix, project), watchedKey(this.prefix)],
      project,
      state,
      failure.isProbe ? 1 : 0,
      first,
      longest,
      Math.min(failure.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS[state]),
      failure.callSid,
      CALLS_OF_AN_OUTAGE,
      RUN_REMEMBERED_MS,
    );
  }

  /**
   * The cancellations that may start now: one of each project that is due for a probe, and up to `most` of each whose
   * gate has opened.
   */
  async due(most: number): Promise<string[]> {
    const watched = watchedKey(this.prefix);
    const projects = await this.redis.smembers(watched);
    const due = await Promise.all(
      projects.map((project) =>
        this.dueScript(
          [gateKey(this.prefix, project), waitingKey(this.prefix, project), watched, this.delayedKey],
          project,
          most,
          STARTED_MS,
        ),
      ),
    );
    return due.flat();
  }
}

/** The gates that are closed now, by project. */
export async function closedGates(redis: Redis, prefix: string): Promise<ClosedGate[]> {
  const projects = await redis.smembers(watchedKey(prefix));
  const gates = await Promise.all(
    projects.toSorted().map(async (project) => {
      const [gate, waiting] = await Promise.all([
        redis.hgetall(gateKey(prefix, project)),
        redis.zcard(waitingKey(prefix, project)),
      ]);
      const { state, since, probeAt } = gate;
      return state === undefined
        ? null
        : {
            project,
            state: state as ClosedState,
            since: Number(since),
            probeAt: Number(probeAt),
            waiting,
          };
    }),
  );
  return gates.filter((gate) => gate !== null);
}
