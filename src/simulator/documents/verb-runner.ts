import { Injectable } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import { bounded } from '../limits.js';
import type { Document } from './document-fetcher.js';
import type { Verb } from './document.js';
import { perform, STAYING_VERBS } from './perform.js';
import type { DocumentEnd } from './perform.js';
import { methodOf } from './request-to.js';

const OTHER_VERBS = new Set([...STAYING_VERBS, 'Dial', 'Hangup', 'Pause', 'Play', 'Redirect']);

/** Runs the verbs of one document. */
@Injectable()
export class VerbRunner {
  constructor(private readonly calls: CallsService) {}

  /** @throws the signal's reason if another document takes over or the call ends */
  async run(call: Call, document: Document, signal: AbortSignal): Promise<DocumentEnd> {
    for (const verb of document.verbs) {
      this.effect(call, verb);
      record(call, verb);
      const end = await perform(call, document, verb, signal);
      if (end !== null) return end;
    }
    // A call without a next instruction disconnects: "Stream" page of SignalWire's cXML docs.
    return 'out_of_verbs';
  }

  private effect(call: Call, verb: Verb): void {
    if (verb.name === 'Stop') this.stop(call, verb);
    else if (verb.name === 'Start') this.start(call, verb);
    else if (verb.name === 'Say') call.said.add({ text: bounded(verb.text) });
    else if (!OTHER_VERBS.has(verb.name)) call.warn(`Unknown verb <${verb.name}> skipped`);
  }

  private stop(call: Call, verb: Verb): void {
    for (const name of streamsIn(call, verb).map((noun) => noun.attributes.name)) {
      const stream = call.runningStream(name ?? '');
      // SignalWire does not document unknown names. Ignoring them is our assumption; other vendors document it.
      if (stream !== undefined) this.calls.stopStream(call, stream);
      else call.warn(`Nothing stopped: ${reason(name)}`);
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

const reason = (name: string | undefined): string =>
  name === undefined ? '<Stream> has no name' : `no running stream has the name ${name}`;

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
  for (const { name } of others) call.warn(`Unknown element <${verb.name}><${name}> skipped`);
  return verb.nouns.filter(({ name }) => name === 'Stream');
}
