import { describe, expect, it } from 'vitest';
import { endsCall, neverReturns } from '../../src/cxml/ends-call.js';
import type { Verb } from '../../src/cxml/verbs.js';

const URL = 'https://app.example.com/flow';

describe('a document', () => {
  it.each([
    ['nothing', []],
    ['a say', [{ say: 'Stopping stream' }]],
    ['a play', [{ play: URL }]],
    ['a pause', [{ say: 'x' }, { pause: 60 }]],
    ['a dial without an action', [{ dial: '+15551234567', callerId: '+15557654321' }]],
    ['a say after a queue', [{ enqueue: 'support' }, { say: 'closed' }]],
  ] satisfies [string, Verb[]][])('that ends with %s ends the call', (_, then) => {
    expect(endsCall(then)).toBe(true);
  });

  it.each([
    ['a redirect', [{ say: 'x' }, { redirect: URL }]],
    ['a hangup', [{ hangup: true }]],
    ['a queue', [{ enqueue: 'support' }]],
    ['a dial with an action', [{ dial: '+15551234567', action: URL }]],
  ] satisfies [string, Verb[]][])('that ends with %s does not end the call unasked', (_, then) => {
    expect(endsCall(then)).toBe(false);
  });
});

describe('a verb', () => {
  it.each([{ redirect: URL }, { hangup: true }, { dial: '+15551234567', action: URL }])(
    'such as %j never returns',
    (verb) => {
      expect(neverReturns(verb)).toBe(true);
    },
  );

  it.each([
    { say: 'x' },
    { play: URL },
    { pause: 1 },
    { dial: '+15551234567' },
    { dial: '+15551234567', action: undefined },
    { enqueue: 'support' },
  ])('such as %j may be followed by another', (verb) => {
    expect(neverReturns(verb)).toBe(false);
  });
});
