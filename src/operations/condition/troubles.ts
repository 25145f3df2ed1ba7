import type { Observed, Trouble, WorkerSeen } from './observed.js';
import { ALSO_RETRIED, failuresOf, lateFailuresOf, lately } from './failures.js';
import type { Failures } from './failures.js';
import { MANY_FAILURES } from './level.js';
import { projectTroubles } from './project-troubles.js';
import { isLate, lateText, timeToStopOf } from './time-to-stop.js';
import { andWaits, grouped, lasting, listed, since, waits } from './words.js';

/** A sound worker asks for a job every 10 s at least; after 20 s its process ends. */
const WEDGED_AFTER_S = 13;

/** How long a cancellation that could start may wait for a worker. */
const BACKLOG_MS = 5000;

/** In each advice, HTTP requests stand in parentheses, so that the operators' page can offer buttons instead. */
const LOOK_AT_FAILURES =
  'Look at why (GET /cancellations?status=failed,expired), and retry what can succeed now (POST /cancellations/retry)';

const MANY_CALLBACKS = 100;

/** All that is wrong: causes, those that let nothing through first, and then what follows from them. */
export function troublesIn(observed: Observed): Trouble[] {
  const causes = [
    refusal(observed),
    noWorker(observed),
    wedgedWorkers(observed),
    pause(observed),
    ...projectTroubles(observed),
  ]
    .filter((trouble) => trouble !== null)
    .toSorted((one, other) => Number(other.isStop) - Number(one.isStop));
  const isExplainedElsewhere = hasHiddenCause(observed);
  const isExplained = causes.length > 0 || isExplainedElsewhere;
  const consequences = [
    isExplainedElsewhere ? null : failures(observed),
    isExplained ? null : backlog(observed),
    isExplained ? null : slowness(observed),
    callbacks(observed),
    unsafeRedis(observed),
  ].filter((trouble) => trouble !== null);
  return [...causes, ...consequences];
}

/**
 * Whether something is wrong with a project that whoever asks may not know, so that figures of the whole queue are bad.
 */
export const hasHiddenCause = (observed: Observed): boolean =>
  projectTroubles({ ...observed, projects: observed.hiddenProjects }).length > 0;

const unfinished = ({ counts }: Observed): number => counts.waiting + counts.prioritized + counts.delayed;

function refusal({ redis }: Observed): Trouble | null {
  if (redis.refusal === null) return null;
  return {
    isStop: true,
    message: `Redis refuses what the service needs, so nothing is accepted or sent: ${redis.refusal}`,
    advice: 'Correct that; what was accepted goes on by itself, as long as its deadline allows',
  };
}

function noWorker(observed: Observed): Trouble | null {
  // A full Redis also refuses the signs of workers.
  if (observed.workers.length > 0 || observed.hasWorkerSign || observed.redis.refusal !== null) return null;
  const connected = observed.connectedWorkers ?? 0;
  const although =
    connected === 0 ? '' : `, although ${connected} ${connected === 1 ? 'is' : 'are'} connected`;
  return {
    isStop: true,
    message: `No worker is reporting, so nothing is sent${although}${andWaits(unfinished(observed))}`,
    advice:
      connected === 0
        ? 'Start a process with ROLES=worker. If one should be running, read its log and restart it'
        : 'A worker that is connected and does not report is frozen or cut off: restart it, or start another process with ROLES=worker',
  };
}

function wedgedWorkers(observed: Observed): Trouble | null {
  const { workers } = observed;
  const wedged = workers.filter(isWedged);
  const [one] = wedged;
  if (one === undefined) return null;
  const isAll = wedged.length === workers.length;
  const subject = workers.length === 1 ? 'The worker' : `${wedged.length} of ${workers.length} workers`;
  const ids = listed(wedged.map(({ id }) => id));
  const longestS = Math.max(...wedged.map(({ idleForS }) => idleForS));
  return {
    isStop: isAll,
    message:
      `${subject} (${ids}) ${wedged.length === 1 ? 'has' : 'have'} not asked for a job for ${longestS} s, although nothing prevents it` +
      (isAll ? andWaits(unfinished(observed)) : ''),
    advice:
      'The process of such a worker ends by itself after 20 s; have it started again, and read its log if this comes back',
  };
}

const isWedged = ({ idleForS }: WorkerSeen): boolean => idleForS >= WEDGED_AFTER_S;

function pause(observed: Observed): Trouble | null {
  const { paused, pausedAt, pausedBy } = observed;
  if (!paused) return null;
  const who = pausedBy === null ? '' : ` by ${pausedBy}`;
  return {
    isStop: false,
    message: `All sending ${pausedAt === null ? 'is' : 'has been'} paused${since(pausedAt)}${who}${andWaits(unfinished(observed))}`,
    advice: 'Resume everything once it may go on (POST /queue/resume). Deadlines keep running meanwhile',
  };
}

function failures(observed: Observed): Trouble | null {
  const { samples, now, succeeded } = observed;
  const lately = lateFailuresOf(samples, now);
  if (lately.failed >= MANY_FAILURES && lately.failed * 10 >= lately.ended)
    return {
      isStop: false,
      message: `${grouped(lately.failed)} of ${grouped(lately.ended)} cancellations failed or expired in the last 5 minutes, ${ALSO_RETRIED}${why(lately, observed)}`,
      advice: LOOK_AT_FAILURES,
    };
  const all = failuresOf(samples);
  if (all.failed === 0 || all.failed < all.ended || succeeded > 0) return null;
  return {
    isStop: false,
    message: `Nothing was stopped in the last 15 minutes: ${grouped(all.failed)} failed or expired${why(all, observed)}`,
    advice: LOOK_AT_FAILURES,
  };
}

/** A reason may be that of a project which whoever asks may not know. */
const why = ({ reasons }: Failures, { hiddenProjects }: Observed): string =>
  reasons.length === 0 || hiddenProjects.length > 0
    ? ''
    : `; why: ${reasons.map(({ name, count }) => `${name} (${grouped(count)})`).join(', ')}`;

function backlog(observed: Observed): Trouble | null {
  const { oldestReadyAgeMs, counts } = observed;
  if (oldestReadyAgeMs === null || oldestReadyAgeMs < BACKLOG_MS) return null;
  const ready = counts.waiting + counts.prioritized;
  return {
    isStop: false,
    message: `Workers do not keep up: ${waits(ready)} for one, the first for ${lasting(oldestReadyAgeMs)}`,
    advice: 'Start more workers, or raise WORKER_CONCURRENCY',
  };
}

/** Of those that succeeded; the others are told of as failures. */
function slowness({ samples, now }: Observed): Trouble | null {
  const time = timeToStopOf(lately(samples, now));
  if (time === null || !isLate(time)) return null;
  return {
    isStop: false,
    message: `Stops reach their calls late: ${lateText(time)}`,
    advice:
      'Look at slow ones (GET /cancellations?status=succeeded): their times show what they waited for. After a pause or an outage, this passes by itself',
  };
}

/** Where receivers answer, those that are pending ended a moment ago. */
function callbacks({ pendingCallbacks, throughput }: Observed): Trouble | null {
  const { succeeded, failed } = throughput.lastFiveMinutes;
  if (pendingCallbacks < MANY_CALLBACKS || pendingCallbacks <= succeeded + failed) return null;
  return {
    isStop: false,
    message: `${grouped(pendingCallbacks)} callbacks are not delivered yet`,
    advice:
      'Check the receivers: streamstop_callback_attempts_total and the log (callback not delivered) tell why; stops are not affected',
  };
}

function unsafeRedis({ redis }: Observed): Trouble | null {
  if (redis.risk === null || redis.risk.isAccepted) return null;
  return { isStop: false, message: redis.risk.message, advice: 'See "Redis" in docs/operations.md' };
}
