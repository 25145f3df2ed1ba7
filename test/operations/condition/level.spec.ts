import { describe, expect, it } from 'vitest';
import { levelOf } from '../../../src/operations/condition/level.js';
import type { Damage } from '../../../src/operations/condition/level.js';

const NONE: Damage = { isStopped: false, failed: 0, ended: 0, longestWaitMs: 0, troubles: 0 };

describe('the level of a condition', () => {
  it.each<[what: string, damage: Partial<Damage>, level: string]>([
    ['nothing is wrong', {}, 'ok'],
    ['few fail among many', { failed: 2, ended: 42 }, 'ok'],
    ['something is wrong, and nothing is lost', { troubles: 1 }, 'degraded'],
    ['nothing gets through', { isStopped: true, troubles: 1 }, 'failing'],
    ['less than half fails', { failed: 14, ended: 29, troubles: 1 }, 'degraded'],
    ['half fails', { failed: 15, ended: 30, troubles: 1 }, 'failing'],
    ['most fail, for no known cause', { failed: 11, ended: 12, troubles: 1 }, 'failing'],
    ['most fail, for a known cause', { failed: 23, ended: 29, troubles: 2 }, 'failing'],
    ['the only two fail', { failed: 2, ended: 2, troubles: 1 }, 'degraded'],
    ['a wait for a worker is long', { longestWaitMs: 29_999, troubles: 1 }, 'degraded'],
    ['a wait for a worker is too long', { longestWaitMs: 30_000, troubles: 1 }, 'failing'],
  ])('%s', (_, damage, level) => {
    expect(levelOf({ ...NONE, ...damage })).toBe(level);
  });
});
