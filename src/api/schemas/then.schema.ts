import type { SchemaObject } from '@nestjs/swagger';
import { MAX_CALLER_ID_LENGTH, MAX_SIP_LENGTH } from '../../cxml/dial-verb.js';
import { MAX_VERBS } from '../../cxml/is-then.js';
import { MAX_URL_LENGTH } from '../../cxml/is-verb-url.js';
import {
  MAX_PAUSE_SECONDS,
  MAX_SAY_LENGTH,
  MAX_VOICE_LENGTH,
  QUEUE_NAME,
  REDIRECT_METHODS,
  VERB_NAMES,
} from '../../cxml/verbs.js';
import type { VerbName } from '../../cxml/verbs.js';

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) satisfies SchemaObject;
const url = { ...text(MAX_URL_LENGTH), format: 'uri' } satisfies SchemaObject;

/** A verb is an object with the field that names it and perhaps others, and nothing else. */
const verb = (
  name: VerbName,
  description: string,
  properties: Record<string, SchemaObject>,
): SchemaObject => ({
  type: 'object',
  title: name,
  description,
  required: [name],
  properties,
  additionalProperties: false,
});

/** The verbs as OpenAPI describes them. The rules themselves are the validators in `cxml/`. */
export const VERB_SCHEMAS: Readonly<Record<VerbName, SchemaObject>> = {
  say: verb('say', 'speaks a text to the caller', {
    say: { ...text(MAX_SAY_LENGTH), description: 'the text' },
    voice: { ...text(MAX_VOICE_LENGTH), description: 'the voice; one of SignalWire if absent' },
    language: { ...text(MAX_VOICE_LENGTH), description: 'the language, such as `en-US`' },
  }),
  play: verb('play', 'plays an audio file to the caller', {
    play: { ...url, description: 'where the file is' },
  }),
  pause: verb('pause', 'keeps the call in silence', {
    pause: { type: 'integer', minimum: 1, maximum: MAX_PAUSE_SECONDS, description: 'seconds' },
  }),
  redirect: verb('redirect', 'hands the call over to another document and never returns', {
    redirect: { ...url, description: 'where the document is' },
    method: { type: 'string', enum: [...REDIRECT_METHODS], description: 'how it is fetched' },
  }),
  dial: verb('dial', 'connects the call to another party until one of the two hangs up', {
    dial: {
      ...text(MAX_SIP_LENGTH),
      description: 'a number in E.164 form, or a `sip:` or `sips:` URI without a password',
      example: '+15551234567',
    },
    callerId: {
      ...text(MAX_CALLER_ID_LENGTH),
      description:
        'what the other party sees: a number in E.164 form that the project has bought or verified; towards a SIP URI ' +
        'also letters, digits and any of + - _ . ,',
    },
    action: {
      ...url,
      description: 'the document with which the call continues when the other party is gone',
    },
  }),
  enqueue: verb('enqueue', 'puts the call on hold in a queue', {
    enqueue: {
      type: 'string',
      pattern: QUEUE_NAME.source,
      example: 'support',
      description: 'the name of the queue',
    },
  }),
  hangup: verb('hangup', 'ends the call', {
    hangup: { type: 'boolean', enum: [true], description: 'always `true`' },
  }),
};

export const THEN_SCHEMA = {
  type: 'array' as const,
  maxItems: MAX_VERBS,
  description:
    'what the call does after the stop, in this order. No verb may follow a redirect, a hangup or a dial with an action. ' +
    'A call that runs out of verbs ends, and `warnings` says so',
  items: { oneOf: VERB_NAMES.map((name) => VERB_SCHEMAS[name]) },
};
