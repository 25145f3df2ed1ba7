import { describe, expect, it } from 'vitest';
import { FAILURE_NAMES } from '../../../src/cancellation/vocabulary.js';

const { REASONS } = (await import(
  new URL('../../../src/console/page/list/reasons.js', import.meta.url).href
)) as { REASONS: Record<string, string> };

describe('the reasons of failures', () => {
  it('have the same names on the page as in the condition of the queue above them', () => {
    expect(REASONS).toEqual(FAILURE_NAMES);
  });
});
