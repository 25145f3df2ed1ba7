import { expect, it } from 'vitest';
import { isCharged } from '../../../src/documents/access/trust.js';

it.each([
  ['unverified', 200, false],
  ['unverified', 403, true],
  ['unverified', 404, true],
  ['unverified', 429, false],
  ['unverified', 500, false],
  ['open', 200, true],
  ['open', 204, true],
  ['open', 400, true],
  ['open', 429, false],
  ['open', 503, false],
  ['verified', 200, false],
  ['verified', 400, false],
  ['verified', 404, false],
] as const)('charges its source for an %s request answered with %i: %s', (trust, status, charged) => {
  expect(isCharged(trust, status)).toBe(charged);
});
