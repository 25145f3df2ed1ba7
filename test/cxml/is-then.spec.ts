import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stopDocument } from '../../src/cxml/stop-document.js';
import { VERB_NAMES } from '../../src/cxml/verbs.js';
import type { Verb } from '../../src/cxml/verbs.js';
import { dial, thenApi } from './fixtures/then-api.js';

const { echo, post, faultsOf } = thenApi();

const NO_VERB =
  'each entry of then must be an object with exactly one of say, play, pause, redirect, dial, enqueue, hangup';
const LAST_RULE =
  'then must have no verb after a redirect, a hangup or a dial with an action, because it would never run';
const LIST_RULE = 'then must be a list of verbs, such as [{"say": "Goodbye"}, {"hangup": true}]';

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
    ['text that XML must escape', [{ say: '"\'<>&\t\r\n \u{1F422} ]]>' }]],
    ['the shortest and the longest pause', [{ pause: 1 }, { pause: 3600 }]],
    ['a redirect', [{ redirect: 'https://app.example.com/flow?a=1&b=2#c' }]],
    ['a redirect with its method', [{ redirect: 'http://localhost:8080/flow', method: 'GET' }]],
    ['a hangup', [{ hangup: true }]],
    ['a play', [{ play: 'https://app.example.com/bye.mp3?a=1&b=2' }]],
    ['the shortest and the longest number', [{ dial: '+12' }, { dial: '+123456789012345' }]],
    ['a dial with its attributes', [dial({ callerId: '+15557654321', action: 'https://a.example/after' })]],
    ['a queue and a verb for when the call leaves it', [{ enqueue: 'support_1' }, { say: 'closed' }]],
    ['the longest name of a queue', [{ enqueue: 'q'.repeat(64) }]],
    ['verbs after a dial without an action', [dial({}), { hangup: true }]],
    [
      'several verbs',
      [{ say: 'a' }, { pause: 2 }, { say: 'b' }, { redirect: 'https://a.example/', method: 'POST' }],
    ],
    ['twenty verbs', Array.from({ length: 20 }, () => ({ pause: 1 }))],
    ['4096 bytes', listOf(4096)],
    ['4096 bytes of longer characters', listOf(4096, '€')],
  ])('accepts %s', async (_, then) => {
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
  ])('refuses %s', async (_, then, message) => {
    expect(await faultsOf(then)).toEqual([{ field: 'then', message }]);
  });

  it('takes null for anything that a verb may lack as absent', async () => {
    const others = { play: null, redirect: null, hangup: null };
    expect(await post([{ say: 'x', voice: null, language: null, ...others }])).toMatchObject({
      body: { then: [{ say: 'x' }] },
    });
    expect(await faultsOf([{ say: null }])).toEqual([{ field: 'then[0]', message: NO_VERB }]);
    expect(await faultsOf([{ hangup: true, sing: null }])).toEqual([
      { field: 'then[0].sing', message: 'sing is not a known field; remove it' },
    ]);
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
  ])('refuses an entry that is %s', async (_, entry, field, message) => {
    expect(await faultsOf([{ say: 'right' }, entry])).toEqual([{ field, message }]);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'prototype'])(
    'refuses an entry with the field %s',
    async (name) => {
      expect(await post([{ hangup: true, [name]: 1 }])).toMatchObject({ status: 400 });
    },
  );

  it('reports every fault with its path', async () => {
    const faults = await faultsOf([{ say: '' }, { pause: 0, voice: 'x' }, { redirect: 'x', method: 'x' }]);
    expect(faults.map(({ field }) => field).toSorted()).toEqual([
      'then[0].say',
      'then[1].pause',
      'then[1].voice',
      'then[2].method',
      'then[2].redirect',
    ]);
  });

  it('refuses a deeply nested value', async () => {
    const depth = 10_000;
    const payload = `{"then":[{"say":${'['.repeat(depth)}${']'.repeat(depth)}}]}`;
    expect(await echo(payload)).toMatchObject({ status: 400 });
  });

  it('is either refused or becomes a document, whatever the input', { timeout: 60_000 }, async () => {
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
