import type { Condition, Observed, Trouble } from './observed.js';
import { ALSO_RETRIED, lateFailuresOf, lately } from './failures.js';
import { levelOf } from './level.js';
import type { Damage } from './level.js';
import { timeText, timeToStopOf } from './time-to-stop.js';
import type { TimeToStop } from './time-to-stop.js';
import { hasHiddenCause, troublesIn } from './troubles.js';
import { grouped } from './words.js';

/** How many things that are wrong are named. */
const MOST_NAMED = 3;

/**
 * Whether stops reach their calls in time; otherwise what is wrong, the most important thing first, and what to do
 * about that.
 */
export function conditionOf(observed: Observed): Condition {
  const troubles = troublesIn(observed);
  const level = levelOf(damageOf(observed, troubles));
  const [first] = troubles;
  if (first === undefined)
    return { level, message: wellIn(observed), advice: ended(observed.redis.risk?.message ?? null) };
  const messages = troubles.slice(0, MOST_NAMED).map(({ message }) => message);
  const rest = troubles.length - messages.length;
  const more = rest === 0 ? [] : [`${rest} more`];
  return { level, message: [...messages, ...more].join('. Also: '), advice: ended(first.advice) };
}

/** Failures and waits of the whole queue may be those of projects that whoever asks may not know. */
function damageOf(observed: Observed, troubles: readonly Trouble[]): Damage {
  const { samples, now, paused, oldestReadyAgeMs } = observed;
  const isHidden = hasHiddenCause(observed);
  const { failed, ended } = lateFailuresOf(samples, now);
  return {
    isStopped: troubles.some(({ isStop }) => isStop),
    failed: isHidden ? 0 : failed,
    ended,
    longestWaitMs: isHidden || paused ? 0 : (oldestReadyAgeMs ?? 0),
    troubles: troubles.length,
  };
}

const ended = (advice: string | null): string | null => advice && advice.replace(/\.?$/, '.');

function wellIn(observed: Observed): string {
  const { counts, samples, succeeded, now } = observed;
  const waiting = counts.waiting + counts.prioritized + counts.delayed;
  const figures = hasHiddenCause(observed)
    ? ['Nothing is known to be wrong with your projects']
    : [reachedIn(timeToStopOf(lately(samples, now)), succeeded), failedIn(lateFailuresOf(samples, now))];
  return [
    ...figures,
    waiting === 0 ? 'nothing is waiting' : `${grouped(waiting)} ${waiting === 1 ? 'is' : 'are'} waiting`,
  ]
    .filter((part) => part !== null)
    .join('; ');
}

/** @param succeeded in the last 15 minutes; the last of them may not be in a sample yet, or have no time to stop */
function reachedIn(time: TimeToStop | null, succeeded: number): string {
  if (time !== null) return `Stops reach their calls: ${timeText(time)}`;
  if (succeeded === 0) return 'Nothing was stopped in the last 15 minutes';
  return `${grouped(succeeded)} succeeded in the last 15 minutes, and no time to stop is known of the last 5 minutes`;
}

function failedIn({ failed, ended }: ReturnType<typeof lateFailuresOf>): string | null {
  return failed === 0
    ? null
    : `${grouped(failed)} of ${grouped(ended)} failed or expired in the last 5 minutes, ${ALSO_RETRIED}`;
}
