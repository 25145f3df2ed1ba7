import { create } from 'xmlbuilder';
import type { XMLElement } from 'xmlbuilder';
import { isSipAddress } from './dial-verb.js';
import type { DialVerb } from './dial-verb.js';
import type { Verb } from './verbs.js';

/** The content type of every response to SignalWire. */
export const XML = 'text/xml; charset=utf-8';

/** Sent where there is no stop document to send. It changes nothing about a stream. */
export const EMPTY_DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/**
 * The cXML that stops streams, in the order given, and then does what `then` says. SignalWire ends a call whose
 * document has run out of verbs (https://signalwire.com/docs/compatibility-api/cxml/voice/stream).
 *
 * The bytes equal those of the official SDKs, which use the same XML library, for one `VoiceResponse#stop().stream({
 * name })` per stream.
 */
export function stopDocument(streamNames: readonly string[], then: readonly Verb[]): string {
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
