import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CreateCancellationDto } from '../../../src/api/create-cancellation.dto.js';
import { isFaultless } from '../../../src/platform/validation/quick-look.js';

const RULES = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false };

/** Mostly right. */
const either = (...right: unknown[]) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...right) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );

/** Bodies of which some are right, and others wrong in one field or in several. */
const body = fc.record(
  {
    callSid: either('a'),
    streamName: either('a', 'b'),
    streamSid: either('a'),
    streamNames: either('all', ['a', 'b']),
    strategy: either('auto', 'stream_resource'),
    project: either('default'),
    then: fc.oneof(
      either(
        [{ hangup: true }],
        [
          { say: 'a', voice: 'b' },
          { redirect: 'https://e.com/', method: 'GET' },
        ],
      ),
      fc.array(either({ pause: 1 }, { say: 'a' }, { dial: '+15551234567' }), { maxLength: 3 }),
    ),
    deadlineMs: either(1000, 86_400_000),
    template: either(undefined, 'a'),
    documentUrl: either(undefined, 'https://e.com/'),
  },
  { requiredKeys: ['callSid'], noNullPrototype: true },
);
const extended = fc
  .tuple(body, fc.constantFrom({}, {}, {}, { unknown: 1 }))
  .map(([known, unknown]) => Object.assign({}, known, unknown));

describe('isFaultless', () => {
  it('says of a body what class-validator says', () => {
    const seen = { right: 0, wrong: 0 };
    fc.assert(
      fc.property(extended, (plain) => {
        const object = plainToInstance(CreateCancellationDto, plain);
        const isRight = validateSync(object, RULES).length === 0;
        seen[isRight ? 'right' : 'wrong'] += 1;
        expect(isFaultless(object)).toBe(isRight);
      }),
      { numRuns: 5000 },
    );
    expect(Math.min(seen.right, seen.wrong)).toBeGreaterThan(100);
  });
});
