import { Activity } from '../calls/activity.js';
import type { Call } from '../calls/call.js';
import { OtherLeg } from '../calls/other-leg.js';
import type { Document } from './document-fetcher.js';
import type { DocumentRequest } from './document-request.js';
import type { Verb } from './document.js';
import { requestTo } from './request-to.js';

/**
 * Connects the call until the other leg is gone, as the "Dial" page of SignalWire's cXML docs says. The action, which
 * takes the call over then, is also fetched where an update interrupts it, before the document that takes its place:
 * another vendor was seen to do so (https://github.com/qisoft/i-hate-making-calls/issues/31), SignalWire does not say.
 *
 * @returns the action's document to go on with; null without an action, where the next verb comes
 * @throws the signal's reason once another document has taken this one's place, or the call is over
 */
export async function dial(
  call: Call,
  document: Document,
  verb: Verb,
  signal: AbortSignal,
): Promise<{ next: DocumentRequest } | null> {
  const { action, method } = verb.attributes;
  const otherLeg = OtherLeg.of(call.dials, verb);
  const after = (): DocumentRequest | null =>
    action === undefined
      ? null
      : { ...requestTo(document, 'action', action, method), params: otherLeg.params() };
  const ended = otherLeg.ended(signal);
  call.begin(new Activity(verb, otherLeg, after));
  await ended;
  signal.throwIfAborted();
  call.activity = null;
  const next = after();
  return next === null ? null : { next };
}
