import type { Verb } from './verbs.js';

/**
 * Whether the document runs out of verbs after these, in which case SignalWire ends the call
 * (https://signalwire.com/docs/compatibility-api/cxml/voice/stream; for `<Dial>` without an action see its own page).
 * False for a hangup, which ends the call on purpose, and for a queue, where the call waits until somebody takes it.
 */
export function endsCall(then: readonly Verb[]): boolean {
  const last = then.at(-1);
  if (last === undefined || 'say' in last || 'play' in last || 'pause' in last) return true;
  return 'dial' in last && last.action === undefined;
}

/** Whether no verb after this one can run, because it hands the call over to another document or ends it. */
export const neverReturns = (verb: object): boolean =>
  'redirect' in verb || 'hangup' in verb || ('dial' in verb && 'action' in verb && verb.action !== undefined);
