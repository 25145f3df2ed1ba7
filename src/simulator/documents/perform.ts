import { setTimeout as delay } from 'node:timers/promises';
import { Activity } from '../calls/activity.js';
import type { Call } from '../calls/call.js';
import { bounded } from '../limits.js';
import { dial } from './dial.js';
import type { Document } from './document-fetcher.js';
import type { DocumentRequest } from './document-request.js';
import type { Verb } from './document.js';
import { requestTo } from './request-to.js';

/** How a document ends: the call stays in the last verb, hangs up, or continues with another document. */
export type DocumentEnd = 'stays' | 'out_of_verbs' | 'hangup_verb' | { readonly next: DocumentRequest };

/** A call stays in these verbs until an update or its end: nobody here speaks, presses keys or answers a queue. */
export const STAYING_VERBS: ReadonlySet<string> = new Set(['Connect', 'Enqueue', 'Gather', 'Record']);

const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits for as long as the verb takes.
 *
 * @returns null to run the next verb
 * @throws the signal's reason if another document takes over or the call ends
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
    call.begin(new Activity(verb, null, () => queueAction(document, verb)));
    return 'stays';
  }
  await waitFor(call, verb, signal);
  return null;
}

async function waitFor(call: Call, verb: Verb, signal: AbortSignal): Promise<void> {
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

/** The docs give a default of 1 s and no maximum. */
function pauseMs(call: Call, { attributes }: Verb): number {
  const { length = '1' } = attributes;
  if (!/^\d+$/.test(length)) {
    call.warn(`<Pause length="${bounded(length)}"> is not a number of seconds: pausing for 1 s`);
    return 1000;
  }
  return Math.min(Number(length) * 1000, MAX_TIMER_MS);
}

/** An update that takes a call out of a queue notifies the queue's action: "Enqueue" page of SignalWire's cXML docs. */
function queueAction(document: Document, { name, attributes }: Verb): DocumentRequest | null {
  if (name !== 'Enqueue' || attributes.action === undefined) return null;
  const request = requestTo(document, 'action', attributes.action, attributes.method);
  return { ...request, params: { QueueResult: 'redirected' } };
}
