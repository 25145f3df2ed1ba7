import { Activity } from '../calls/activity.js';
import type { Call } from '../calls/call.js';
import { OtherLeg } from '../calls/other-leg.js';
import type { Document } from './document-fetcher.js';
import type { DocumentRequest } from './document-request.js';
import type { Verb } from './document.js';
import { requestTo } from './request-to.js';

/**
 * Connects the call until the other leg hangs up; the action then takes over ("Dial" page of SignalWire's cXML docs).
 * An update that interrupts the dial also fetches the action, before the new document. SignalWire does not document
 * this; another vendor does it (https://github.com/qisoft/i-hate-making-calls/issues/31).
 *
 * @returns the request for the action's document, or null without an action: the next verb runs
 * @throws the signal's reason if another document takes over or the call ends
 */
export async function dial(
  call: Call,
  document: Document,
  verb: Verb,
  signal: AbortSignal,
): Promise<{ next: DocumentRequest } | null> {
  const { action, method } = verb.attributes;
  const otherLeg = OtherLeg.of(call.dials, verb);
  const actionRequest = (): DocumentRequest | null =>
    action === undefined
      ? null
      : { ...requestTo(document, 'action', action, method), params: otherLeg.params() };
  const ended = otherLeg.ended(signal);
  call.begin(new Activity(verb, otherLeg, actionRequest));
  await ended;
  signal.throwIfAborted();
  call.activity = null;
  const next = actionRequest();
  return next === null ? null : { next };
}
