import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import { bounded } from '../limits.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';
import type { Document } from './document-fetcher.js';
import type { DocumentAddress } from './document-request.js';
import type { Verb } from './document.js';

/** How a document came to its end: the call goes on in its last verb, is over, or goes to another document. */
export type DocumentEnd = 'stays' | 'ends' | { readonly redirect: DocumentAddress };

/** The call stays in these, alive, until an update or its end: nobody here answers, speaks or presses keys. */
const STAYING_VERBS = new Set(['Connect', 'Dial', 'Enqueue', 'Gather', 'Record']);
const OTHER_VERBS = new Set([...STAYING_VERBS, 'Hangup', 'Pause', 'Play', 'Redirect']);

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Runs the verbs of one document. */
@Injectable()
export class VerbRunner {
  constructor(private readonly calls: CallsService) {}

  /** @throws the signal's reason once another document has taken this one's place, or the call is over */
  async run(call: Call, document: Document, signal: AbortSignal): Promise<DocumentEnd> {
    for (const verb of document.verbs) {
      this.effect(call, verb);
      record(call, verb);
      const end = endOf(document, verb);
      if (end !== null) return end;
      await wait(durationMs(call, verb), signal);
    }
    return 'ends';
  }

  private effect(call: Call, verb: Verb): void {
    if (verb.name === 'Stop') this.stop(call, verb);
    else if (verb.name === 'Start') this.start(call, verb);
    else if (verb.name === 'Say') call.said.add({ text: bounded(verb.text) });
    else if (!OTHER_VERBS.has(verb.name)) call.warn(`The verb <${verb.name}> is unknown: skipped`);
  }

  private stop(call: Call, verb: Verb): void {
    for (const name of streamsIn(call, verb).map((noun) => noun.attributes.name)) {
      const stream = call.runningStream(name ?? '');
      // That an unknown name has no effect is our reading: SignalWire does not say, others document it so.
      if (stream === undefined) call.warn(`No stream ${name ?? 'without a name'} runs: nothing stopped`);
      else this.calls.stopStream(call, stream);
    }
  }

  private start(call: Call, verb: Verb): void {
    for (const { attributes } of streamsIn(call, verb)) {
      this.calls.startStream(call, {
        name: attributes.name === '' ? undefined : attributes.name,
        statusCallback: attributes.statusCallback,
        statusCallbackMethod: methodOf(attributes.statusCallbackMethod),
      });
    }
  }
}

function record(call: Call, verb: Verb): void {
  call.verbs.add({
    at: new Date().toISOString(),
    name: verb.name,
    attributes: { ...verb.attributes },
    text: bounded(verb.text),
  });
  call.changed();
}

function streamsIn(call: Call, verb: Verb): Verb[] {
  const others = verb.nouns.filter(({ name }) => name !== 'Stream');
  for (const { name } of others) call.warn(`<${verb.name}><${name}> is unknown: skipped`);
  return verb.nouns.filter(({ name }) => name === 'Stream');
}

function endOf(document: Document, verb: Verb): DocumentEnd | null {
  if (verb.name === 'Redirect') return { redirect: redirectOf(document, verb) };
  if (verb.name === 'Hangup') return 'ends';
  return STAYING_VERBS.has(verb.name) ? 'stays' : null;
}

function durationMs(call: Call, verb: Verb): number {
  if (verb.name === 'Say') return call.sayMs;
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

function redirectOf(document: Document, { attributes, text }: Verb): DocumentAddress {
  const url = URL.canParse(text, document.url) ? new URL(text, document.url).href : text;
  return { url, method: methodOf(attributes.method) };
}

function methodOf(method: string | undefined): FormMethod {
  return method === 'GET' ? 'GET' : 'POST';
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal });
  signal.throwIfAborted();
}
