import type { ClosedState } from '../cancellation/project-states.js';
import type { Redis } from 'ioredis';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import type { Project } from '../projects/project.js';
import { ADMIT, DUE, FAILS, WORKS } from './project-gates.lua.js';
import { failuresKey, gateKey, waitingKey, watchedKey } from './gate-keys.js';

/** Whether a cancellation may be sent now; a probe and a last try may be, although the project's gate is closed. */
export type Pass =
  | { readonly kind: 'open'; readonly isTroubled: boolean }
  | { readonly kind: 'probe' | 'last_try'; readonly state: ClosedState }
  | { readonly kind: 'closed'; readonly state: ClosedState; readonly probeAt: number };

/** How a cancellation is let through, and how many milliseconds it has to wait for its project's next request. */
export interface Admittance {
  readonly pass: Pass;
  readonly turnInMs: number;
}

/** A cancellation that is to be sent now. */
export interface Applicant {
  readonly id: string;
  /** When it starts by itself, should the gate be closed; epoch milliseconds. */
  readonly wakesAt: number;
  readonly isLastTry: boolean;
  /** It was never sent. */
  readonly isFresh: boolean;
  /** It has waited for its project until now. */
  readonly hasWaited: boolean;
}

/** What `admit` of `project-gates.lua.ts` answers. */
export type AdmitReply = [kind: Pass['kind'], detail: string | number, probeAt: number, turnInMs: number];

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

/**
 * Lets a project's cancellations through, no more a second than it bears, or has them wait; one state in Redis for all
 * workers.
 */
export class ProjectGates {
  private readonly admitScript: Script<AdmitReply>;
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
    this.admitScript = defineScript(redis, 'streamstopAdmit', ADMIT);
    this.worksScript = defineScript(redis, 'streamstopWorks', WORKS);
    this.failsScript = defineScript(redis, 'streamstopFails', FAILS);
    this.dueScript = defineScript(redis, 'streamstopDue', DUE);
  }

  /** Lets a cancellation through to be sent, or has it wait for its project. */
  async admit(project: Project, applicant: Applicant): Promise<Admittance> {
    const { prefix } = this;
    const wish = JSON.stringify(this.wishOf(project, applicant));
    return admittanceIn(await this.admitScript([gateKey(prefix, project.name)], prefix, applicant.id, wish));
  }

  /** The same wish for a script that does more than admit. */
  wishOf(
    project: Project,
    { wakesAt, isLastTry, isFresh, hasWaited }: Omit<Applicant, 'id'>,
  ): (string | number)[] {
    return [
      project.name,
      wakesAt,
      isLastTry ? 1 : 0,
      hasWaited ? 1 : 0,
      this.probeTimeoutMs,
      isFresh ? 1 : 0,
      project.maxRequestsPerSecond,
    ];
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

export function admittanceIn([kind, detail, probeAt, turnInMs]: AdmitReply): Admittance {
  if (kind === 'open') return { pass: { kind, isTroubled: detail === 1 }, turnInMs };
  const state = detail as ClosedState;
  return { pass: kind === 'closed' ? { kind, state, probeAt } : { kind, state }, turnInMs };
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
