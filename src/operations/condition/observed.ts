import type { QueueDepth } from '../queue-depth.js';
import type { Sample } from '../history/sample.js';

export const LEVELS = ['ok', 'degraded', 'failing'] as const;
export type Level = (typeof LEVELS)[number];

/** How the queue is doing, in words. */
export interface Condition {
  readonly level: Level;
  /** What is so; where something is wrong, the most important thing first. */
  readonly message: string;
  /** What to do; null if nothing. */
  readonly advice: string | null;
}

/** Something that keeps stops from their calls, or may. */
export interface Trouble {
  /** Whether nothing, or little of what should, gets through meanwhile. */
  readonly isStop: boolean;
  readonly message: string;
  readonly advice: string | null;
}

/** A process with the role `worker`. */
export interface WorkerSeen {
  readonly id: string;
  /** For how many seconds it could have asked for a job, and has not. */
  readonly idleForS: number;
}

/** What is known of Redis, beyond that it answers. */
export interface RedisState {
  /** Why it refuses what requests need; null if it does not. */
  readonly refusal: string | null;
  /**
   * Why it may lose what is queued; null if it keeps all, or does not tell. `isAccepted`: the setup check only warns of
   * it.
   */
  readonly risk: { readonly isAccepted: boolean; readonly message: string } | null;
}

/** What workers have noted of a project that still works. */
export interface ProjectSigns {
  /**
   * The calls whose requests failed in a row: no connection, no answer in time, a 5xx or a refusal that may be that of
   * a proxy.
   */
  readonly failedCalls: number;
  /** The calls in a row whose updates were accepted, and whose documents were awaited in vain. */
  readonly unfetchedCalls: number;
}

/** What is looked up for the condition alone. */
export interface Seen {
  /** Whether any worker has lately done the periodic work. */
  readonly hasWorkerSign: boolean;
  /** By project. */
  readonly signs: ReadonlyMap<string, ProjectSigns>;
  readonly redis: RedisState;
  /** Of the last 15 minutes, the oldest first. */
  readonly samples: readonly Sample[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** How many have succeeded in the last 15 minutes. */
  readonly succeeded: number;
  /** Callbacks that are neither delivered nor given up. */
  readonly pendingCallbacks: number;
}

/** Everything that the condition of the queue is told from. */
export interface Observed
  extends
    Seen,
    Pick<QueueDepth, 'counts' | 'oldestReadyAgeMs' | 'paused' | 'pausedAt' | 'pausedBy' | 'throughput'> {
  /** Those that whoever asks may know. */
  readonly projects: readonly Pick<
    QueueDepth['projects'][number],
    'project' | 'state' | 'since' | 'waiting' | 'pausedBy'
  >[];
  /** The others: nothing is told of them, but they may explain figures of the whole queue. */
  readonly hiddenProjects: Observed['projects'];
  readonly workers: readonly WorkerSeen[];
  /** Also those that are frozen; null if Redis does not tell. */
  readonly connectedWorkers: number | null;
}
