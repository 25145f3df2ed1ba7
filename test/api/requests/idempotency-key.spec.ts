import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onlyKey, parseIdempotencyKey } from '../../../src/api/requests/idempotency-key.js';

describe('parseIdempotencyKey', () => {
  it.each([
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['order 7, stop "now"', 'order 7, stop "now"'],
    ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    ['~', '~'],
    ['a'.repeat(255), 'a'.repeat(255)],
    [`"${'a'.repeat(255)}"`, 'a'.repeat(255)],
    [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ])('reads %s', (header, value) => {
    expect(parseIdempotencyKey(header)).toBe(value);
  });

  it.each([
    '',
    '""',
    '"',
    '"open',
    '"a"b"',
    '"a" ',
    '"a";q=1',
    '"a", "b"',
    '"a\\b"',
    '"a\\"',
    'a\tb',
    'a\nb',
    'a\u007f',
    'schlüssel',
    '"schlüssel"',
    'a'.repeat(256),
    `"${'a'.repeat(256)}"`,
  ])('refuses %j', (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(
      expect.objectContaining({ code: 'invalid_idempotency_key' }),
    );
  });

  it('reads any printable text that is quoted as RFC 8941 has it', () => {
    const printable = fc.stringMatching(/^[ -~]{1,255}$/);
    fc.assert(
      fc.property(printable, (text) => {
        expect(parseIdempotencyKey(`"${text.replaceAll(/["\\]/g, '\\$&')}"`)).toBe(text);
      }),
    );
  });
});

describe('onlyKey', () => {
  it.each([
    [[], null],
    [['a'], 'a'],
    [['a', 'a'], 'a'],
    [['a', '"a"', 'a'], 'a'],
  ])('reads %j', (headers, key) => {
    expect(onlyKey(headers)).toBe(key);
  });

  it.each([[['a', 'b']], [['a', 'A']], [['a', '']]])('refuses %j', (headers) => {
    expect(() => onlyKey(headers)).toThrow(expect.objectContaining({ code: 'invalid_idempotency_key' }));
  });
});
