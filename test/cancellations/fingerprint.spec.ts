import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CreateCancellationDto } from '../../src/cancellations/create-cancellation.dto.js';
import { fingerprintOf } from '../../src/cancellations/fingerprint.js';
import type { Verb } from '../../src/documents/verbs.js';

const DEFAULT_THEN: Verb[] = [{ say: 'Stopping stream' }];
const DEFAULT_DEADLINE_MS = 60_000;

/** As the API does: with the defaults filled in, and at the time of the request. */
function fingerprint(request: CreateCancellationDto, createdAt = 1): string {
  const { project = 'default', then = DEFAULT_THEN, deadlineMs = DEFAULT_DEADLINE_MS } = request;
  return fingerprintOf(request, {
    project,
    then,
    createdAt,
    deadline: createdAt + deadlineMs,
  });
}

const verb: fc.Arbitrary<Verb> = fc.oneof(
  fc.record(
    { say: fc.string(), voice: fc.string(), language: fc.string() },
    { requiredKeys: ['say'], noNullPrototype: true },
  ),
  fc.record({ pause: fc.integer({ min: 1, max: 3 }) }, { noNullPrototype: true }),
  fc.record(
    { redirect: fc.webUrl(), method: fc.constantFrom('GET' as const, 'POST' as const) },
    { requiredKeys: ['redirect'], noNullPrototype: true },
  ),
);

/** Few values for each field, so that two requests often differ in one alone. */
const request = fc.record(
  {
    callSid: fc.constantFrom('a', 'b'),
    streamName: fc.constantFrom('a', 'b', 'a"'),
    project: fc.constant('default'),
    then: fc.array(verb, { maxLength: 3 }),
    deadlineMs: fc.constantFrom(1000, DEFAULT_DEADLINE_MS),
    template: fc.constantFrom('a', 'b'),
    documentUrl: fc.constantFrom('https://a.example.com/', 'https://b.example.com/'),
  },
  { requiredKeys: ['callSid', 'streamName'], noNullPrototype: true },
);

const reversed = <T>(value: T): T =>
  Array.isArray(value)
    ? (value.map(reversed) as T)
    : typeof value === 'object' && value !== null
      ? (Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([name, field]) => [name, reversed(field)]),
        ) as T)
      : value;

const DEFAULTS = { project: 'default', then: DEFAULT_THEN, deadlineMs: DEFAULT_DEADLINE_MS };

const withDefaults = (request: CreateCancellationDto): CreateCancellationDto =>
  Object.assign({}, DEFAULTS, request);

describe('fingerprintOf', () => {
  it('knows neither the order of fields, nor when they came, nor whether a default was written out', () => {
    fc.assert(
      fc.property(request, fc.nat(), (request, createdAt) => {
        expect(fingerprint(reversed(request))).toBe(fingerprint(request));
        expect(fingerprint(request, createdAt)).toBe(fingerprint(request));
        expect(fingerprint(withDefaults(request))).toBe(fingerprint(request));
      }),
    );
  });

  it('tells apart what asks for something else', () => {
    fc.assert(
      fc.property(request, request, (one, other) => {
        const isSame = isDeepStrictEqual(withDefaults(one), withDefaults(other));
        expect(fingerprint(one) === fingerprint(other)).toBe(isSame);
      }),
      { numRuns: 1000 },
    );
  });

  it('minds the order of verbs', () => {
    const say = { say: 'one' };
    const pause = { pause: 1 };
    const request = { callSid: 'call', streamName: 'stream' };
    expect(fingerprint({ ...request, then: [say, pause] })).not.toBe(
      fingerprint({ ...request, then: [pause, say] }),
    );
  });
});
