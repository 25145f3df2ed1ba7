import { Body, Controller, Post } from '@nestjs/common';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IsThen } from '../../src/cxml/is-then.js';
import { stopDocument } from '../../src/cxml/stop-document.js';
import { VERB_NAMES } from '../../src/cxml/verbs.js';
import type { Verb } from '../../src/cxml/verbs.js';
import { echoApi } from '../support/echo-api.js';

class WithThen {
  @IsThen()
  readonly then: readonly Verb[];
}

/** Answers with what came out of validation. */
@Controller()
class EchoController {
  @Post()
  echo(@Body() body: WithThen): WithThen {
    return body;
  }
}

const echo = echoApi(EchoController);

const post = (then: unknown) => echo({ then });

async function faultsOf(then: unknown) {
  const { status, body } = await post(then);
  expect(body).toMatchObject({ status: 400, code: 'invalid_body' });
  expect(status).toBe(400);
  return body.errors as { field: string; message: string }[];
}

const NO_VERB =
  'each entry of then must be an object with exactly one of say, play, pause, redirect, dial, enqueue, hangup';
const URL_RULE = 'redirect must be an absolute http or https URL, such as https://example.com/flow';
const PLAY_RULE = 'play must be an absolute http or https URL, such as https://example.com/bye.mp3';
const ACTION_RULE = 'action must be an absolute http or https URL, such as https://example.com/after';
const DIAL_RULE =
  'dial must be a number in E.164 form, such as +15551234567, or a SIP URI of at most 255 characters without a ' +
  'password, such as sip:alice@example.com';
const CALLER_RULE = 'callerId must be a number in E.164 form, such as +15551234567';
const SIP_CALLER_RULE = `${CALLER_RULE}, or 1 to 64 letters, digits or any of + - _ . ,`;
const QUEUE_RULE = 'enqueue must be the name of a queue: 1 to 64 letters, digits or _, such as support';
const LAST_RULE =
  'then must have no verb after a redirect, a hangup or a dial with an action, for none would run';
const PAUSE_RULE = 'pause must be a whole number of seconds from 1 to 3600';
const LIST_RULE = 'then must be a list of verbs, such as [{"say": "Goodbye"}, {"hangup": true}]';

const sip = (fields: object) => ({ dial: 'sip:alice@example.com', ...fields });
const dial = (fields: object) => ({ dial: '+15551234567', ...fields });

/** A list of two verbs whose JSON is `bytes` long. */
const listOf = (bytes: number, character = 'x') => {
  const rest = bytes - Buffer.byteLength('[{"say":""},{"pause":1}]');
  const say = character.repeat(Math.floor(rest / Buffer.byteLength(character)));
  return [{ say: say + 'x'.repeat(rest - Buffer.byteLength(say)) }, { pause: 1 }];
};

describe('then', () => {
  it.each([
    ['nothing', []],
    ['a say', [{ say: 'Stopping stream' }]],
    ['a say with its attributes', [{ say: 'Bye', voice: 'woman', language: 'en-GB' }]],
    ['the longest voice', [{ say: 'x', voice: 'v'.repeat(64) }]],
    ['what XML must escape', [{ say: '"\'<>&\t\r\n \u{1F422} ]]>' }]],
    ['the shortest and the longest pause', [{ pause: 1 }, { pause: 3600 }]],
    ['a redirect', [{ redirect: 'https://app.example.com/flow?a=1&b=2#c' }]],
    ['a redirect with its method', [{ redirect: 'http://localhost:8080/flow', method: 'GET' }]],
    ['a hangup', [{ hangup: true }]],
    ['a play', [{ play: 'https://app.example.com/bye.mp3?a=1&b=2' }]],
    ['the shortest and the longest number', [{ dial: '+12' }, { dial: '+123456789012345' }]],
    ['a dial with its attributes', [dial({ callerId: '+15557654321', action: 'https://a.example/after' })]],
    ['a queue, and what follows once the call has left it', [{ enqueue: 'support_1' }, { say: 'closed' }]],
    ['the longest name of a queue', [{ enqueue: 'q'.repeat(64) }]],
    ['verbs after a dial without an action', [dial({}), { hangup: true }]],
    [
      'all in a row',
      [{ say: 'a' }, { pause: 2 }, { say: 'b' }, { redirect: 'https://a.example/', method: 'POST' }],
    ],
    ['twenty verbs', Array.from({ length: 20 }, () => ({ pause: 1 }))],
    ['4096 bytes', listOf(4096)],
    ['4096 bytes of longer characters', listOf(4096, '€')],
  ])('may be %s', async (_, then) => {
    expect(await post(then)).toEqual({ status: 201, body: { then } });
  });

  it.each([
    ['null', null, LIST_RULE],
    ['a string', 'hangup', LIST_RULE],
    ['a number', 1, LIST_RULE],
    ['true', true, LIST_RULE],
    ['one verb without a list', { hangup: true }, LIST_RULE],
    ['missing', undefined, LIST_RULE],
    ['21 verbs', Array.from({ length: 21 }, () => ({ pause: 1 })), 'then must have at most 20 verbs'],
    [
      'a redirect with a verb after it',
      [{ redirect: 'https://a.example/' }, { say: 'never heard' }],
      LAST_RULE,
    ],
    ['a hangup with a verb after it', [{ hangup: true }, { hangup: true }], LAST_RULE],
    [
      'a dial with an action and a verb after it',
      [dial({ action: 'https://a.example/after' }), { say: 'never heard' }],
      LAST_RULE,
    ],
    ['4097 bytes', listOf(4097), 'then must be at most 4096 bytes of JSON, since it travels in a URL'],
    [
      '4098 bytes in fewer characters',
      listOf(4098, '€'),
      'then must be at most 4096 bytes of JSON, since it travels in a URL',
    ],
  ])('may not be %s', async (_, then, message) => {
    expect(await faultsOf(then)).toEqual([{ field: 'then', message }]);
  });

  it.each([
    ['an unknown verb', { sing: 'la' }, 'then[1]', NO_VERB],
    ['an empty object', {}, 'then[1]', NO_VERB],
    ['null', null, 'then[1]', NO_VERB],
    ['a string', 'hangup', 'then[1]', NO_VERB],
    ['a list', [{ hangup: true }], 'then[1]', NO_VERB],
    ['two verbs at once', { say: 'x', hangup: true }, 'then[1]', NO_VERB],
    [
      'an unknown field',
      { say: 'x', volume: 11 },
      'then[1].volume',
      'volume is not a known field; remove it',
    ],
    [
      "another verb's field",
      { pause: 1, method: 'GET' },
      'then[1].method',
      'method is not a known field; remove it',
    ],
    ['an empty text', { say: '' }, 'then[1].say', 'say must be a string of 1 to 4096 characters'],
    ['no text', { say: null }, 'then[1].say', 'say must be a string of 1 to 4096 characters'],
    ['a list for a text', { say: ['x'] }, 'then[1].say', 'say must be a string of 1 to 4096 characters'],
    [
      'U+0000',
      { say: 'ab\0' },
      'then[1].say',
      'say has the character U+0000 at position 2, which XML 1.0 cannot carry; remove it',
    ],
    [
      'half a surrogate pair',
      { say: '\u{D83D}' },
      'then[1].say',
      'say has the character U+D83D at position 0, which XML 1.0 cannot carry; remove it',
    ],
    [
      'U+FFFE',
      { say: 'x', voice: 'a\u{FFFE}' },
      'then[1].voice',
      'voice has the character U+FFFE at position 1, which XML 1.0 cannot carry; remove it',
    ],
    [
      'an attribute that is too long',
      { say: 'x', language: 'l'.repeat(65) },
      'then[1].language',
      'language must be a string of 1 to 64 characters',
    ],
    [
      'an attribute that is null',
      { say: 'x', voice: null },
      'then[1].voice',
      'voice must be a string of 1 to 64 characters',
    ],
    ['no pause at all', { pause: 0 }, 'then[1].pause', PAUSE_RULE],
    ['a pause of over an hour', { pause: 3601 }, 'then[1].pause', PAUSE_RULE],
    ['half a second', { pause: 1.5 }, 'then[1].pause', PAUSE_RULE],
    ['a pause in words', { pause: '1' }, 'then[1].pause', PAUSE_RULE],
    ['a relative URL', { redirect: '/flow' }, 'then[1].redirect', URL_RULE],
    ['another scheme', { redirect: 'ftp://a.example/' }, 'then[1].redirect', URL_RULE],
    ['a script', { redirect: 'javascript:alert(1)' }, 'then[1].redirect', URL_RULE],
    ['a URL with a space', { redirect: 'https://a.example/b c' }, 'then[1].redirect', URL_RULE],
    ['a URL that ends in a new line', { redirect: 'https://a.example/\n' }, 'then[1].redirect', URL_RULE],
    ['a URL that is a number', { redirect: 1 }, 'then[1].redirect', URL_RULE],
    [
      'another method',
      { redirect: 'https://a.example/', method: 'PUT' },
      'then[1].method',
      'method must be GET or POST',
    ],
    [
      'a method in small letters',
      { redirect: 'https://a.example/', method: 'get' },
      'then[1].method',
      'method must be GET or POST',
    ],
    ['a relative sound', { play: '/bye.mp3' }, 'then[1].play', PLAY_RULE],
    ['a sound by RTMP', { play: 'rtmp://a.example/bye' }, 'then[1].play', PLAY_RULE],
    ['no sound', { play: '' }, 'then[1].play', PLAY_RULE],
    [
      'a sound with a very long address',
      { play: `https://a.example/${'x'.repeat(2048)}` },
      'then[1].play',
      'play must be a string of 1 to 2048 characters',
    ],
    ['a relative action', dial({ action: 'after' }), 'then[1].action', ACTION_RULE],
    ['an action that is null', dial({ action: null }), 'then[1].action', ACTION_RULE],
    ['a caller ID that is a name', dial({ callerId: 'alice' }), 'then[1].callerId', CALLER_RULE],
    ['an empty caller ID', dial({ callerId: '' }), 'then[1].callerId', CALLER_RULE],
    ['a caller ID with a space', sip({ callerId: 'a b' }), 'then[1].callerId', SIP_CALLER_RULE],
    ['a caller ID that is long', sip({ callerId: 'a'.repeat(65) }), 'then[1].callerId', SIP_CALLER_RULE],
    ['a queue without a name', { enqueue: '' }, 'then[1].enqueue', QUEUE_RULE],
    ['a queue with a hyphen', { enqueue: 'support-1' }, 'then[1].enqueue', QUEUE_RULE],
    ['a queue with a very long name', { enqueue: 'q'.repeat(65) }, 'then[1].enqueue', QUEUE_RULE],
    ['a queue that is a number', { enqueue: 1 }, 'then[1].enqueue', QUEUE_RULE],
    ['a hangup that is false', { hangup: false }, 'then[1].hangup', 'hangup must be true'],
    ['a hangup that is truthy', { hangup: 1 }, 'then[1].hangup', 'hangup must be true'],
  ])('may not have an entry with %s', async (_, entry, field, message) => {
    expect(await faultsOf([{ say: 'right' }, entry])).toEqual([{ field, message }]);
  });

  it.each([
    'sip:alice@example.com',
    'sips:alice@example.com:5061;transport=tls',
    'SIP:+15551234567@[2001:db8::1]:5060',
    'sip:charlie@example.com?customheader=foo&othercustomheader=bar',
    'sip:a%20b;phone-context=x@pbx',
    'sip:10.0.0.5',
    `sip:${'a'.repeat(247)}@pbx`,
  ])('may dial %s', async (address) => {
    expect(await post([{ dial: address, callerId: 'Front_Desk,+1-2.3' }])).toMatchObject({ status: 201 });
  });

  it.each([
    '',
    '15551234567',
    '+0123456789',
    '+1',
    '+1234567890123456',
    '+1 555 123 4567',
    '+15551234567\n',
    '911',
    'tel:+15551234567',
    'alice@example.com',
    'sip:',
    'sip:@example.com',
    'sip:alice@',
    'sip:alice:secret@example.com',
    'sip:alice@exa mple.com',
    'sip:alice@example.com?<x>',
    'sip:alice%2@example.com',
    `sip:${'a'.repeat(248)}@pbx`,
    null,
    15551234567,
  ])('may not dial %j', async (address) => {
    expect(await faultsOf([{ dial: address }])).toEqual([{ field: 'then[0].dial', message: DIAL_RULE }]);
  });

  it('may not dial what looks like an address in many ways at once, which is found out without trying them all', async () => {
    const addresses = ['sip:a@'.repeat(40), `sip:b${';a='.repeat(80)}"`, `sip:a@b?${'&?'.repeat(100)}"`];
    const faults = await faultsOf(addresses.map((address) => ({ dial: address })));
    expect(faults.map(({ message }) => message)).toEqual(addresses.map(() => DIAL_RULE));
  });

  it.each([
    ['say', { say: 'abc\u0001' }],
    ['voice', { say: 'x', voice: 'abc\u0001' }],
    ['language', { say: 'x', language: 'abc\u0001' }],
    ['play', { play: 'abc\u0001' }],
    ['redirect', { redirect: 'abc\u0001' }],
    ['dial', { dial: 'abc\u0001' }],
    ['callerId', { dial: '+15551234567', callerId: 'abc\u0001' }],
    ['action', { dial: '+15551234567', action: 'abc\u0001' }],
    ['enqueue', { enqueue: 'abc\u0001' }],
  ])('names the character that XML cannot carry in %s', async (field, verb) => {
    expect(await faultsOf([verb])).toEqual([
      {
        field: `then[0].${field}`,
        message: `${field} has the character U+0001 at position 3, which XML 1.0 cannot carry; remove it`,
      },
    ]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'prototype'])(
    'may not have an entry with a field %s',
    async (name) => {
      expect(await post([{ hangup: true, [name]: 1 }])).toMatchObject({ status: 400 });
    },
  );

  it('has each of its faults told, at its place', async () => {
    const faults = await faultsOf([{ say: '' }, { pause: 0, voice: 'x' }, { redirect: 'x', method: 'x' }]);
    expect(faults.map(({ field }) => field).toSorted()).toEqual([
      'then[0].say',
      'then[1].pause',
      'then[1].voice',
      'then[2].method',
      'then[2].redirect',
    ]);
  });

  it('nested without end is refused as any other wrong value', async () => {
    const depth = 10_000;
    const payload = `{"then":[{"say":${'['.repeat(depth)}${']'.repeat(depth)}}]}`;
    expect(await echo(payload)).toMatchObject({ status: 400 });
  });

  it('is refused or makes a document, whatever it is', { timeout: 60_000 }, async () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.constantFrom('GET', true, 1, '+15551234567', 'sip:alice@example.com', 'support'),
    );
    const names = [...VERB_NAMES, 'voice', 'language', 'method', 'callerId', 'action', 'other'];
    const entry = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.array(entry, { maxLength: 3 })), async (then) => {
        const { status, body } = await post(then);
        const outcome =
          status === 201
            ? stopDocument(['stream'], body.then as Verb[]).slice(-11)
            : `${status} ${String(body.code)}`;
        expect(['</Response>', '400 invalid_body', '400 bad_request']).toContain(outcome);
      }),
      { numRuns: 100 },
    );
  });
});
