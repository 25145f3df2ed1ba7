import type { RedisClient } from '../platform/redis/connection/client.js';
import type { ClosedState } from '../cancellation/vocabulary.js';
import type { Project } from '../projects/project.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import {
  deliveredKey,
  failuresKey,
  gateKey,
  pausesKey,
  rateKey,
  retriesKey,
  unconfirmedKey,
  unhinderedKey,
  waitingKey,
  watchedKey,
} from './gate-keys.js';
import { EVERYTHING, Pauses } from './pauses.js';
import { ROOM } from './delivery.lua.js';
import { ADMIT, FAIL, PROBE_AGAIN, SUCCEED, UNWATCH } from './gate.lua.js';

/**
 * How a cancellation is let through to a project: a probe and a last try may pass a closed gate. `isUnproven`: nothing
 * has shown yet that its document can be fetched, so that others wait until it is.
 */
export type Pass = { readonly isUnproven: boolean } & (
  | { readonly kind: 'open'; readonly hadFailures: boolean }
  | { readonly kind: 'probe' | 'last_try'; readonly state: ClosedState }
);

/**
 * Whether the fetch of its document decides if the project goes on. An update of a call that is over would decide
 * nothing.
 */
export const probesDelivery = (pass: Pass): boolean => pass.kind === 'probe' && pass.state === 'undelivered';

/**
 * Let through, after `turnInMs`; or the gate is closed, and the next probe goes at `probeAt`; or an operator has paused
 * it; or as many calls as may be are without a fetch that proves the delivery.
 */
export type Admittance =
  | { readonly pass: Pass; readonly turnInMs: number }
  | { readonly closed: ClosedState; readonly probeAt: number }
  | { readonly closed: 'unproven' | 'paused' };

/** A cancellation that wants to be sent now. */
export interface Applicant {
  readonly id: string;
  /** When it starts by itself if the gate is closed; epoch milliseconds. */
  readonly wakesAt: number;
  readonly isLastTry: boolean;
  /** It was never sent. */
  readonly isFresh: boolean;
  /** Its call, if it needs the fetch of a document of ours; else null. */
  readonly unfetchedCall: string | null;
}

type AdmitReply = [
  kind: Pass['kind'] | 'closed' | 'unproven' | 'paused',
  detail: string | number,
  probeAt: number,
  turnInMs: number,
  isUnproven: number,
];

/** What `fail` can close a gate for. */
export type FailedState = Exclude<ClosedState, 'undelivered'>;

/** Failures of this many different calls in a row are the project's trouble, not one call's. */
const CALLS_OF_AN_OUTAGE = 5;
const FAILURES_COUNT_FOR_MS = 60_000;

/** How long after a refusal or a failed probe the next probe goes: doubled each time, up to the second number. */
const PROBE_WAITS_MS: Record<FailedState, readonly [first: number, longest: number]> = {
  throttled: [1000, 30_000],
  unauthorized: [5000, 60_000],
  unavailable: [1000, 5000],
};

/** The longest wait that SignalWire, or whoever answers in its place, can ask for. */
const LONGEST_RETRY_AFTER_MS: Record<FailedState, number> = {
  throttled: 60_000,
  unauthorized: 60_000,
  unavailable: 10_000,
};

/** A cancellation that started by itself this long ago either waits anew, with a new time, or has ended. */
const STARTED_MS = 10_000;

/** At random, because one call's own trouble must not keep all the others waiting. */
const PROBE_CANDIDATES = 10;

/** Cancellations that a project lets start now. */
export interface Due {
  /** Per project whose probe is due: some that wait for it, at random, one of which may start. */
  readonly probes: readonly (readonly string[])[];
  /** Of open projects; those that would start first come first. */
  readonly released: readonly string[];
}

/** One gate per project, as all workers see it in Redis. */
export class GateState {
  private readonly admitScript: Script<AdmitReply>;
  private readonly succeedScript: Script<ClosedState | null>;
  private readonly failScript: Script<ClosedState | null>;
  private readonly probeAgainScript: Script<null>;
  private readonly unwatchScript: Script<null>;
  private readonly roomScript: Script<number>;
  private readonly pauses: Pauses;

  /**
   * @param probeTimeoutMs how long the outcome of a probe is awaited before another one goes
   * @param fetchTimeoutMs how long the fetch of a document is awaited, from before the attempt on
   */
  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
    private readonly probeTimeoutMs: number,
    private readonly fetchTimeoutMs: number,
  ) {
    this.admitScript = defineScript(redis, 'streamstopAdmit', ADMIT);
    this.succeedScript = defineScript(redis, 'streamstopGateSucceed', SUCCEED);
    this.failScript = defineScript(redis, 'streamstopGateFail', FAIL);
    this.probeAgainScript = defineScript(redis, 'streamstopProbeAgain', PROBE_AGAIN);
    this.unwatchScript = defineScript(redis, 'streamstopUnwatch', UNWATCH);
    this.pauses = new Pauses(redis, prefix);
    this.roomScript = defineScript(redis, 'streamstopGateRoom', ROOM);
  }

  async admit({ name, maxRequestsPerSecond }: Project, applicant: Applicant): Promise<Admittance> {
    const { prefix } = this;
    const [kind, detail, probeAt, turnInMs, unproven] = await this.admitScript(
      [
        gateKey(prefix, name),
        failuresKey(prefix, name),
        waitingKey(prefix, name),
        watchedKey(prefix),
        rateKey(prefix, name),
        retriesKey(prefix, name),
        unconfirmedKey(prefix, name),
        deliveredKey(prefix, name),
        pausesKey(prefix),
        unhinderedKey(prefix, name),
      ],
      name,
      applicant.id,
      applicant.wakesAt,
      applicant.isLastTry ? 1 : 0,
      this.probeTimeoutMs,
      applicant.isFresh ? 1 : 0,
      maxRequestsPerSecond,
      applicant.unfetchedCall ?? '',
      this.fetchTimeoutMs,
    );
    if (kind === 'unproven' || kind === 'paused') return { closed: kind };
    if (kind === 'closed') return { closed: detail as ClosedState, probeAt };
    const isUnproven = unproven === 1;
    if (kind === 'open') return { pass: { kind, hadFailures: detail === 1, isUnproven }, turnInMs };
    return { pass: { kind, state: detail as ClosedState, isUnproven }, turnInMs };
  }

  /** @returns the state that ended, if one did */
  succeed(project: string, { kind }: Pass): Promise<ClosedState | null> {
    return this.succeedScript([gateKey(this.prefix, project), failuresKey(this.prefix, project)], kind);
  }

  /**
   * @param failure `isOneEnough`: it speaks of the project for certain; otherwise it takes several different calls in a
   * row. `retryAfterMs` is what SignalWire asked for
   * @returns the state that began, if one did
   */
  fail(
    project: string,
    state: FailedState,
    failure: { callSid: string; isProbe: boolean; isOneEnough: boolean; retryAfterMs: number | null },
  ): Promise<ClosedState | null> {
    const [first, longest] = PROBE_WAITS_MS[state];
    return this.failScript(
      [gateKey(this.prefix, project), failuresKey(this.prefix, project), watchedKey(this.prefix)],
      project,
      state,
      failure.isProbe ? 1 : 0,
      first,
      longest,
      Math.min(failure.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS[state]),
      failure.callSid,
      failure.isOneEnough ? 1 : CALLS_OF_AN_OUTAGE,
      FAILURES_COUNT_FOR_MS,
    );
  }

  /** The probe of a project in `state` was not sent after all: the next one may go at once. */
  async probeAgain(project: string, state: ClosedState): Promise<void> {
    await this.probeAgainScript([gateKey(this.prefix, project)], state);
  }

  /** A cancellation that may have waited for its project has ended. */
  async forget(project: string, cancellationId: string): Promise<void> {
    for (const keyOf of [waitingKey, unhinderedKey])
      await this.redis.zrem(keyOf(this.prefix, project), cancellationId);
  }

  /**
   * Cancellations that may start now. They stay in the set until they are let through, so the next look finds them
   * again.
   *
   * @param most how many of each open project
   */
  async due(most: number, now: number): Promise<Due> {
    const probes: string[][] = [];
    const released: string[] = [];
    const [watched, paused] = await Promise.all([
      this.redis.smembers(watchedKey(this.prefix)),
      this.pauses.all(),
    ]);
    if (paused.has(EVERYTHING)) return { probes, released };
    for (const project of watched.filter((name) => !paused.has(name))) {
      const [waiting, unhindered] = [waitingKey(this.prefix, project), unhinderedKey(this.prefix, project)];
      for (const line of [waiting, unhindered])
        await this.redis.zremrangebyscore(line, '-inf', now - STARTED_MS);
      const [state, probeAt] = await this.redis.hmget(gateKey(this.prefix, project), 'state', 'probeAt');
      if (state === 'undelivered')
        released.push(...(await this.redis.zrange(unhindered, 0, String(most - 1))));
      if (!probeAt) {
        const ids = await this.releasable(project, most);
        released.push(...ids);
        if (ids.length === 0) await this.unwatch(project);
      } else if (now >= Number(probeAt)) {
        probes.push(await this.redis.zrandmember(waiting, PROBE_CANDIDATES));
      }
    }
    return { probes, released };
  }

  /** Where little is let through, at random: the first may all wait for the same call. */
  private async releasable(project: string, most: number): Promise<string[]> {
    const waiting = waitingKey(this.prefix, project);
    const keys = [unconfirmedKey(this.prefix, project), deliveredKey(this.prefix, project)];
    const room = await this.roomScript(keys, most, PROBE_CANDIDATES);
    if (room === 0) return [];
    return room < most
      ? this.redis.zrandmember(waiting, room)
      : this.redis.zrange(waiting, 0, String(most - 1));
  }

  private async unwatch(project: string): Promise<void> {
    const closedBy = [gateKey, waitingKey].map((keyOf) => keyOf(this.prefix, project));
    await this.unwatchScript([watchedKey(this.prefix), ...closedBy], project);
  }
}
