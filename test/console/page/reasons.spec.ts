import { describe, expect, it } from 'vitest';
import { FAILURE_NAMES, WAITING_FOR } from '../../../src/cancellation/vocabulary.js';

const { REASONS, WAITS } = (await import(
  new URL('../../../src/console/page/list/reasons.js', import.meta.url).href
)) as Record<'REASONS' | 'WAITS', Record<string, string>>;

describe('the reasons of failures', () => {
  it('have the same names on the page as in the condition of the queue above them', () => {
    expect(REASONS).toEqual(FAILURE_NAMES);
  });
});

describe('the reasons of waits', () => {
  it('are explained, except for the backoff, which goes without saying', () => {
    expect(new Set(Object.keys(WAITS))).toEqual(new Set(WAITING_FOR.filter((one) => one !== 'backoff')));
  });
});
