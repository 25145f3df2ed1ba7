import { create } from 'xmlbuilder';
import type { XMLElement } from 'xmlbuilder';
import { isSipAddress } from './dial-verb.js';
import type { DialVerb } from './dial-verb.js';
import type { Verb } from './verbs.js';

/** The content type of every answer to SignalWire. */
export const XML = 'text/xml; charset=utf-8';

/** What SignalWire reads where a stop document cannot be given; it changes nothing about a stream. */
export const EMPTY_DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/** Most calls' documents are of the same text, and writing one takes longer than all else that serves it. */
const WRITTEN = new Map<string, string>();
const MAX_WRITTEN = 200;

/**
 * The cXML that stops streams, in the order given, and then does what `then` says.
 *
 * The bytes are those of the official SDKs, one `VoiceResponse#stop().stream({ name })` for each stream, whose XML
 * library this is too.
 * `then` matters: SignalWire ends a call whose document has run out of verbs
 * (https://signalwire.com/docs/compatibility-api/cxml/voice/stream).
 */
export function stopDocument(streamNames: readonly string[], then: readonly Verb[]): string {
  const words = JSON.stringify([streamNames, then]);
  const known = WRITTEN.get(words);
  if (known !== undefined) return known;
  const document = write(streamNames, then);
  if (WRITTEN.size >= MAX_WRITTEN) WRITTEN.clear();
  WRITTEN.set(words, document);
  return document;
}

function write(streamNames: readonly string[], then: readonly Verb[]): string {
  const response = create('Response', { encoding: 'UTF-8' });
  for (const name of streamNames) response.element('Stop').element('Stream', { name });
  for (const verb of then) append(response, verb);
  return response.end();
}

function append(response: XMLElement, verb: Verb): void {
  if ('say' in verb) {
    response.element('Say', attributes({ voice: verb.voice, language: verb.language }), verb.say);
  } else if ('play' in verb) {
    response.element('Play', verb.play);
  } else if ('pause' in verb) {
    response.element('Pause', { length: verb.pause });
  } else if ('redirect' in verb) {
    response.element('Redirect', attributes({ method: verb.method }), verb.redirect);
  } else if ('dial' in verb) {
    appendDial(response, verb);
  } else if ('enqueue' in verb) {
    response.element('Enqueue', verb.enqueue);
  } else {
    response.element('Hangup');
  }
}

function appendDial(response: XMLElement, { dial, callerId, action }: DialVerb): void {
  const given = attributes({ callerId, action });
  if (isSipAddress(dial)) response.element('Dial', given).element('Sip', dial);
  else response.element('Dial', given, dial);
}

function attributes(given: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
