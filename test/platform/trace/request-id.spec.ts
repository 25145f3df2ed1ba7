import { describe, expect, it } from 'vitest';
import { requestIdOf } from '../../../src/platform/trace/request-id.js';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

describe('the id of a request', () => {
  it.each(['1', 'job-17/step=2', '!~"\\{}', 'x'.repeat(128)])("is the client's: %s", (header) => {
    expect(requestIdOf(header)).toBe(header);
  });

  it.each([
    undefined,
    '',
    'x'.repeat(129),
    'two words',
    'one, two',
    'tab\t',
    'caf\u{E9}',
    '\u{7F}',
    ['a', 'b'],
  ])('is generated instead of %j', (header) => {
    const ids = [requestIdOf(header), requestIdOf(header)];
    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(2);
  });
});
