import type { Verb } from './verbs.js';

/**
 * Whether the document runs out of verbs after these, upon which SignalWire ends the call
 * (https://signalwire.com/docs/compatibility-api/cxml/voice/stream; for `<Dial>` without an action its own page). False
 * too for a hangup, which says that this is meant, and for a queue, where the call stays until someone takes it out.
 */
export function endsCall(then: readonly Verb[]): boolean {
  const last = then.at(-1);
  if (last === undefined || 'say' in last || 'play' in last || 'pause' in last) return true;
  return 'dial' in last && last.action === undefined;
}

/** Whether no verb after this one can run, since it hands the call over to another document for good, or ends it. */
export const neverReturns = (verb: object): boolean =>
  'redirect' in verb || 'hangup' in verb || ('dial' in verb && 'action' in verb && verb.action !== undefined);
