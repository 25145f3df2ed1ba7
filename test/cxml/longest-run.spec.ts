import { describe, expect, it } from 'vitest';
import { LONGEST_RUN_MS, longestRunMs } from '../../src/cxml/longest-run.js';
import type { Verb } from '../../src/cxml/verbs.js';

const URL = 'https://app.example.com/flow';
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe('the longest run of a document', () => {
  it.each([
    ['nothing', [], 0],
    ['a redirect', [{ redirect: URL }], 0],
    ['a hangup', [{ hangup: true }], 0],
    ['a say', [{ say: '0123456789' }, { redirect: URL }], 5000],
    ['a pause before a redirect', [{ pause: 3600 }, { redirect: URL }], HOUR_MS],
    ['every pause', [{ pause: 1 }, { say: 'ab' }, { pause: 2 }, { hangup: true }], 4000],
    ['a dial with an action', [{ dial: '+15551234567', action: URL }], 4 * HOUR_MS + 60_000],
    ['a dial before a redirect', [{ dial: '+15551234567' }, { redirect: URL }], 4 * HOUR_MS + 60_000],
    ['a file of unknown length', [{ play: URL }, { redirect: URL }], DAY_MS],
    ['a queue', [{ enqueue: 'support' }], DAY_MS],
    ['more than a day', [{ pause: 3600 }, { enqueue: 'support' }, { pause: 3600 }], DAY_MS],
  ] satisfies [string, Verb[], number][])('covers %s', (_, then, ms) => {
    expect(longestRunMs(then)).toBe(ms);
  });

  it('is a day where nobody can tell', () => {
    expect(LONGEST_RUN_MS).toBe(DAY_MS);
  });
});
