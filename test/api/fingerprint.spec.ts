import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CreateCancellationDto } from '../../src/api/create-cancellation.dto.js';
import { fingerprintOf } from '../../src/api/fingerprint.js';
import { STRATEGIES } from '../../src/cancellation/strategy.js';
import type { Verb } from '../../src/cxml/verbs.js';

const DEFAULT_THEN: Verb[] = [{ say: 'Stopping stream' }];
const DEFAULT_DEADLINE_MS = 60_000;

/** As the API does: with the defaults filled in, and at the time of the request. */
function fingerprint(request: CreateCancellationDto, createdAt = 1): string {
  const { project, then = DEFAULT_THEN, strategy, deadlineMs } = withDefaults(request);
  const data = { project, callSid: 'call', then, strategy, createdAt, deadline: createdAt + deadlineMs };
  return fingerprintOf({ request, data });
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
    streamSid: fc.constantFrom('a', 'b'),
    streamNames: fc.constantFrom<'all' | string[]>('all', ['all'], ['a', 'b'], ['b', 'a']),
    strategy: fc.constantFrom(...STRATEGIES),
    then: fc.oneof(fc.constant(DEFAULT_THEN), fc.array(verb, { maxLength: 3 })),
    deadlineMs: fc.constantFrom(1000, DEFAULT_DEADLINE_MS),
    template: fc.constantFrom('a', 'b'),
    documentUrl: fc.constantFrom('https://a.example.com/', 'https://b.example.com/'),
  },
  { requiredKeys: ['callSid'], noNullPrototype: true },
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

const DEFAULTS = { project: 'default', strategy: 'auto', deadlineMs: DEFAULT_DEADLINE_MS } as const;

/** But for `then`, which is more than its default where it is written out. */
const withDefaults = (request: CreateCancellationDto) => Object.assign({}, DEFAULTS, request);

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

  it('tells a `then` that is written out from its default: only a document can run it', () => {
    const request = { callSid: 'call', streamName: 'stream', streamSid: 'sid' };
    expect(fingerprint({ ...request, then: DEFAULT_THEN })).not.toBe(fingerprint(request));
  });

  it('is that of a version that knew no strategies, where none is asked for', () => {
    const data = {
      callSid: 'call',
      deadlineMs: DEFAULT_DEADLINE_MS,
      project: 'default',
      streamName: 'stream',
    };
    const meant = JSON.stringify({ ...data, then: DEFAULT_THEN });
    const earlier = createHash('sha256').update(meant).digest('base64url');
    expect(fingerprint({ callSid: 'call', streamName: 'stream' })).toBe(earlier);
    expect(fingerprint({ callSid: 'call', streamName: 'stream', strategy: 'auto' })).toBe(earlier);
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
