import { describe, expect, it } from 'vitest';
import { handoverOf } from '../../src/cxml/handover.js';
import type { Verb } from '../../src/cxml/verbs.js';

const NUMBER = '+15551234567';
const FLOW = 'https://app.example.com/flow';

describe('what is left of a then that was served before', () => {
  it.each([
    ['a redirect', [{ say: 'x' }, { redirect: FLOW, method: 'GET' }], [{ redirect: FLOW, method: 'GET' }]],
    ['the action of a dial', [{ say: 'x' }, { dial: NUMBER, action: FLOW }], [{ redirect: FLOW }]],
    ['a queue', [{ say: 'x' }, { enqueue: 'support' }], [{ enqueue: 'support' }]],
    ['the end that is wanted', [{ say: 'x' }, { hangup: true }], [{ hangup: true }]],
    ['silence', [{ play: FLOW }, { pause: 60 }], [{ pause: 60 }]],
    ['nothing to hear', [{ say: 'x' }], []],
    ['nothing to play', [{ enqueue: 'support' }, { play: FLOW }], []],
    ['nobody to ring', [{ dial: NUMBER }], []],
    ['nothing', [], []],
  ] satisfies [string, Verb[], Verb[]][])('is %s', (_, then, left) => {
    expect(handoverOf(then)).toEqual(left);
  });
});
