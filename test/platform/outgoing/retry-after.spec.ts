import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../src/platform/outgoing/retry-after.js';

const DAY_MS = 86_400_000;

/** The time of RFC 9110's own examples. */
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

/** A minute before it. */
const NOW = EXAMPLE - 60_000;

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['1', 1000],
    ['120', 120_000],
    ['\t 7 ', 7000],
    ['007', 7000],
    ['86400', DAY_MS],
    ['86401', DAY_MS],
    ['864000', DAY_MS],
    ['9'.repeat(400), DAY_MS],
  ])('of %j seconds', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    '%s is a time, in each form that HTTP has',
    (header) => {
      expect(retryAfterMs(header, NOW)).toBe(60_000);
      expect(retryAfterMs(header, EXAMPLE)).toBe(0);
      expect(retryAfterMs(header, EXAMPLE + 1)).toBe(0);
      expect(retryAfterMs(header, EXAMPLE - 10 * DAY_MS)).toBe(DAY_MS);
    },
  );

  it.each([
    ['Wed Nov 16 08:50:37 1994', Date.UTC(1994, 10, 16, 8, 50)],
    ['Thu, 29 Feb 1996 00:00:37 GMT', Date.UTC(1996, 1, 29)],
    ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2016, 11, 31, 23, 59, 23)],
  ])('%s is another', (header, before) => {
    expect(retryAfterMs(header, before)).toBe(37_000);
  });

  it('has a year of two digits at most 50 years ahead', () => {
    const header = 'Sunday, 06-Nov-94 08:49:37 GMT';
    expect(retryAfterMs(header, Date.UTC(2044, 0, 1))).toBe(DAY_MS);
    expect(retryAfterMs(header, Date.UTC(2043, 0, 1))).toBe(0);
    expect(retryAfterMs('Friday, 01-Jan-00 00:00:10 GMT', Date.UTC(2099, 11, 31, 23, 59, 50))).toBe(20_000);
  });

  it.each([
    undefined,
    null,
    '',
    ' ',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    '1 s',
    '1, 2',
    'soon',
    ['1', '2'],
    7,
    {},
    '٣',
    '2026-11-23T00:00:00Z',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  ])('%j says nothing', (header) => {
    expect(retryAfterMs(header, NOW)).toBeNull();
  });

  it('is nothing, or from 0 to one day, whatever it holds', () => {
    const almost = fc
      .tuple(fc.constantFrom('Sun, ', 'Sunday, ', 'Sun '), fc.string({ unit: 'grapheme-ascii' }))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.string(), almost),
        fc.integer({ min: 0, max: 4e12 }),
        (header, now) => {
          const ms = retryAfterMs(header, now);
          expect(ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= DAY_MS)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is understood of every whole second and of every date', () => {
    const instants = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, fc.nat(10_000), (at, seconds) => {
        const now = Math.floor(at.getTime() / 1000) * 1000;
        const date = new Date(now + seconds * 1000).toUTCString();
        expect(retryAfterMs(date, now)).toBe(seconds * 1000);
        expect(retryAfterMs(String(seconds), now)).toBe(seconds * 1000);
      }),
    );
  });
});
