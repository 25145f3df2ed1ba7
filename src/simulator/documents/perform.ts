import { setTimeout as delay } from 'node:timers/promises';
import { Activity } from '../calls/activity.js';
import type { Call } from '../calls/call.js';
import { bounded } from '../limits.js';
import { dial } from './dial.js';
import type { Document } from './document-fetcher.js';
import type { DocumentRequest } from './document-request.js';
import type { Verb } from './document.js';
import { requestTo } from './request-to.js';

/** How a document came to its end: the call goes on in its last verb, is over, or goes to another document. */
export type DocumentEnd = 'stays' | 'out_of_verbs' | 'hangup_verb' | { readonly next: DocumentRequest };

/** The call stays in these, alive, until an update or its end: nobody here speaks, presses keys or empties a queue. */
export const STAYING_VERBS: ReadonlySet<string> = new Set(['Connect', 'Enqueue', 'Gather', 'Record']);

const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Takes the time that a verb takes.
 *
 * @returns null where the next verb comes
 * @throws the signal's reason once another document has taken this one's place, or the call is over
 */
export async function perform(
  call: Call,
  document: Document,
  verb: Verb,
  signal: AbortSignal,
): Promise<DocumentEnd | null> {
  const { name, attributes, text } = verb;
  if (name === 'Hangup') return 'hangup_verb';
  if (name === 'Redirect') return { next: requestTo(document, 'redirect', text, attributes.method) };
  if (name === 'Dial') return dial(call, document, verb, signal);
  if (STAYING_VERBS.has(name)) {
    call.begin(new Activity(verb, null, () => leavingQueue(document, verb)));
    return 'stays';
  }
  await last(call, verb, signal);
  return null;
}

async function last(call: Call, verb: Verb, signal: AbortSignal): Promise<void> {
  const ms = durationMs(call, verb);
  if (ms > 0) {
    call.begin(new Activity(verb));
    await delay(ms, undefined, { signal });
    call.activity = null;
  }
  signal.throwIfAborted();
}

function durationMs(call: Call, verb: Verb): number {
  if (verb.name === 'Say') return call.sayMs;
  if (verb.name === 'Play') return call.playMs;
  return verb.name === 'Pause' ? pauseMs(call, verb) : 0;
}

/** Its default, 1 s, is documented; a maximum is not. */
function pauseMs(call: Call, { attributes }: Verb): number {
  const { length = '1' } = attributes;
  if (!/^\d+$/.test(length)) {
    call.warn(`<Pause length="${bounded(length)}"> is not a number of seconds: 1 s taken`);
    return 1000;
  }
  return Math.min(Number(length) * 1000, MAX_TIMER_MS);
}

/** Its action is told that an update took the call out of the queue: "Enqueue" page of SignalWire's cXML docs. */
function leavingQueue(document: Document, { name, attributes }: Verb): DocumentRequest | null {
  if (name !== 'Enqueue' || attributes.action === undefined) return null;
  const request = requestTo(document, 'action', attributes.action, attributes.method);
  return { ...request, params: { QueueResult: 'redirected' } };
}
