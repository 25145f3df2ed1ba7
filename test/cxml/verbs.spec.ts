import { describe, expect, it } from 'vitest';
import { dial, sip, thenApi } from './fixtures/then-api.js';

const { post, faultsOf } = thenApi();

const URL_RULE = 'redirect must be an absolute http or https URL, such as https://example.com/flow';
const PLAY_RULE = 'play must be an absolute http or https URL, such as https://example.com/bye.mp3';
const ACTION_RULE = 'action must be an absolute http or https URL, such as https://example.com/after';
const DIAL_RULE =
  'dial must be a number in E.164 form, such as +15551234567, or a SIP URI of at most 255 characters without a ' +
  'password, such as sip:alice@example.com';
const CALLER_RULE = 'callerId must be a number in E.164 form, such as +15551234567';
const SIP_CALLER_RULE = `${CALLER_RULE}, or 1 to 64 letters, digits or any of + - _ . ,`;
const QUEUE_RULE = 'enqueue must be the name of a queue: 1 to 64 letters, digits or _, such as support';
const PAUSE_RULE = 'pause must be a whole number of seconds from 1 to 3600';

describe('a verb of then', () => {
  it.each([
    ['an empty text', { say: '' }, 'then[1].say', 'say must be a string of 1 to 4096 characters'],
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
  ])('is refused with %s', async (_, entry, field, message) => {
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
  ])('accepts %s as what to dial', async (address) => {
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
    15551234567,
  ])('refuses %j as what to dial', async (address) => {
    expect(await faultsOf([{ dial: address }])).toEqual([{ field: 'then[0].dial', message: DIAL_RULE }]);
  });

  it('refuses an ambiguous SIP address without exponential backtracking', async () => {
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
  ])('names the character in %s that XML cannot carry', async (field, verb) => {
    expect(await faultsOf([verb])).toEqual([
      {
        field: `then[0].${field}`,
        message: `${field} has the character U+0001 at position 3, which XML 1.0 cannot carry; remove it`,
      },
    ]);
  });
});
