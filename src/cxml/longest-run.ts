import type { Verb } from './verbs.js';

/**
 * SignalWire documents no longest call. This bound is our own, and also holds where nobody can tell how long a document
 * runs: one on somebody else's server, or a template.
 */
export const LONGEST_RUN_MS = 86_400_000;

/**
 * A dialled call ends after 4 hours, and rings for 30 s, unless the document says otherwise, which ours do not
 * (https://signalwire.com/docs/compatibility-api/cxml/voice/dial). The rest is a margin.
 */
const LONGEST_DIAL_MS = 4 * 3_600_000 + 60_000;

/** Slower than any voice: digits are spoken as words. */
const MS_PER_CHARACTER = 500;

/** For how many milliseconds a document with these verbs may run, at most, until it ends the call or hands it over. */
export const longestRunMs = (then: readonly Verb[]): number =>
  Math.min(
    LONGEST_RUN_MS,
    then.reduce((total, verb) => total + longestMs(verb), 0),
  );

/** A file or a wait in a queue can be of any length. */
function longestMs(verb: Verb): number {
  if ('say' in verb) return verb.say.length * MS_PER_CHARACTER;
  if ('pause' in verb) return verb.pause * 1000;
  if ('dial' in verb) return LONGEST_DIAL_MS;
  return 'redirect' in verb || 'hangup' in verb ? 0 : LONGEST_RUN_MS;
}
