import * as fc from 'fast-check';
import { jsonBody, rightBodies } from './bodies.js';
import type { OpenApi } from '../support/description/open-api.js';
import { BASE_PATH, KEYS } from './setting.js';
import { bytes, onTheWire, parts, segment, written } from './wire.js';

/**
 * Requests to `PORT`: near the routes of its description, and not.
 *
 * @param ids of cancellations that exist
 */
export function apiRequests({ paths }: OpenApi, ids: readonly string[]): fc.Arbitrary<readonly Buffer[]> {
  const route = fc
    .tuple(fc.constantFrom(...Object.keys(paths)), fc.oneof(fc.constantFrom(...ids), segment))
    .map(([path, value]) => path.replaceAll(/\{[^}]+\}/g, () => value));
  const near = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...Object.keys(rightBodies)) },
    { weight: 3, arbitrary: route },
    fc.array(segment, { maxLength: 3 }).map((segments) => `/${segments.join('/')}`),
    fc.constantFrom('*', '//', '/dashboard', '/dashboard/api/queues', '/docs', 'http://x/cancellations'),
  );
  const prefix = fc.constantFrom('', '', '', BASE_PATH, `${BASE_PATH}/`, '/tools');
  const path = fc.tuple(prefix, near).map(([start, end]) => start + end);
  const key = fc.constantFrom(...KEYS).map((value) => [`Authorization: Bearer ${value}`]);
  const body = fc.oneof({ weight: 4, arbitrary: jsonBody }, bytes(200), fc.constant(Buffer.alloc(0)));
  const any = fc.tuple(parts(path, body), key).map(([one, own]) => written(one, own));
  // Nothing is wrong but the body, if that.
  const plain = fc
    .tuple(fc.constantFrom(...Object.entries(rightBodies)), key)
    .chain(([[target, right], own]) =>
      fc
        .oneof(jsonBody, right)
        .map((one) => written({ method: 'POST', path: target, headers: [], body: one }, own)),
    );
  return onTheWire(fc.oneof({ weight: 2, arbitrary: any }, plain));
}
