import { describe, expect, it } from 'vitest';
import type { Json, OpenApi, Operation, Parameter } from '../open-api.js';
import { breakingChanges, mayBreak } from './breaking-changes.js';

const json = (schema: Json) => ({ content: { 'application/json': { schema } } });
const described = (post: Operation, schemas: Json = {}): OpenApi => ({
  paths: { '/items': { post } },
  components: { schemas },
});
const taking = (schema: Json, required?: boolean): OpenApi =>
  described({ requestBody: { ...json(schema), ...(required !== undefined && { required }) } });
const giving = (schema: Json, more: object = {}): OpenApi =>
  described({ responses: { '200': { ...json(schema), ...more } } });
const withParameter = (...parameters: Partial<Parameter>[]): OpenApi =>
  described({ parameters: parameters.map((one) => ({ name: 'limit', in: 'query', ...one })) });
const object = (properties: Json, required: readonly string[] = []) => ({
  type: 'object',
  properties,
  required,
});

const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };
const NULL = { type: 'null' };

const item = (fields: Json): Json => ({
  Item: object({ next: { $ref: '#/components/schemas/Item' }, ...fields }),
});
const giveItem: Operation = { responses: { '200': json({ $ref: '#/components/schemas/Item' }) } };
const problems = (codes: readonly string[]): OpenApi =>
  described(
    { responses: { '200': json({ $ref: '#/components/schemas/Problem' }) } },
    { Problem: object({ code: { enum: codes } }) },
  );

describe('a change of the description breaks clients', () => {
  it.each<[string, OpenApi, OpenApi, string]>([
    ['a path is gone', taking(TEXT), { ...taking(TEXT), paths: {} }, 'POST /items is gone'],
    [
      'an operation is gone',
      taking(TEXT),
      { ...taking(TEXT), paths: { '/items': { get: {} } } },
      'POST /items is gone',
    ],
    ['a parameter is gone', withParameter({}), withParameter(), 'query parameter limit is gone'],
    [
      'a parameter is new and required',
      withParameter(),
      withParameter({ required: true }),
      'limit is now required',
    ],
    [
      'a parameter becomes required',
      withParameter({}),
      withParameter({ required: true }),
      'limit is now required',
    ],
    [
      'a parameter is narrower',
      withParameter({ schema: NUMBER }),
      withParameter({ schema: { ...NUMBER, maximum: 9 } }),
      'maximum is now 9',
    ],
    ['a body is required', described({}), taking(TEXT, true), 'a body is now required'],
    ['a body becomes required', taking(TEXT), taking(TEXT, true), 'the body is now required'],
    [
      'a media type is gone',
      taking(TEXT),
      described({ requestBody: { content: { 'text/xml': {} } } }),
      'application/json is gone',
    ],
    [
      'a field becomes required',
      taking(object({ a: TEXT })),
      taking(object({ a: TEXT }, ['a'])),
      '.a is now required',
    ],
    ['a new field is required', taking(object({})), taking(object({ a: TEXT }, ['a'])), '.a is now required'],
    ['a field is no longer taken', taking(object({ a: TEXT })), taking(object({})), '.a is gone'],
    [
      'a field takes another type',
      taking(object({ a: TEXT })),
      taking(object({ a: NUMBER })),
      '.a: the type was string and is number',
    ],
    [
      'a field takes no null any more',
      taking({ type: ['string', 'null'] }),
      taking(TEXT),
      'the type was string or null',
    ],
    [
      'so in the words of 3.0',
      taking({ ...TEXT, nullable: true }),
      taking(TEXT),
      'the type was string or null',
    ],
    [
      'a number has to be whole',
      taking(NUMBER),
      taking({ type: 'integer' }),
      'the type was number and is integer',
    ],
    [
      'a value is no longer taken',
      taking({ enum: ['a', 'b'] }),
      taking({ enum: ['a'] }),
      'no longer takes "b"',
    ],
    ['any value was taken', taking(TEXT), taking({ ...TEXT, enum: ['a'] }), 'no longer takes any'],
    [
      'a text has to be shorter',
      taking({ ...TEXT, maxLength: 9 }),
      taking({ ...TEXT, maxLength: 8 }),
      'maxLength is now 8',
    ],
    [
      'a list has to be longer',
      taking({ type: 'array' }),
      taking({ type: 'array', minItems: 1 }),
      'minItems is now 1',
    ],
    [
      'a text has another pattern',
      taking(TEXT),
      taking({ ...TEXT, pattern: '^a' }),
      'the pattern is now "^a"',
    ],
    [
      'an item of a list is narrower',
      taking({ type: 'array', items: {} }),
      taking({ type: 'array', items: TEXT }),
      '[]: the type was any',
    ],
    ['a choice is gone', taking({ oneOf: [TEXT, NUMBER] }), taking(TEXT), 'a choice is gone or narrower'],
    [
      'a part of allOf is narrower',
      taking({ allOf: [object({ a: TEXT })] }),
      taking({ allOf: [object({ a: NUMBER })] }),
      '.a: the type',
    ],
    [
      'a success is gone',
      giving(TEXT),
      described({ responses: { '202': json(TEXT) } }),
      'POST /items 200 is gone',
    ],
    [
      'a header of the answer is gone',
      giving(TEXT, { headers: { Location: {} } }),
      giving(TEXT),
      'the header Location is gone',
    ],
    ['a field of the answer is gone', giving(object({ a: TEXT })), giving(object({})), '200.a is gone'],
    [
      'a field can be absent',
      giving(object({ a: TEXT }, ['a'])),
      giving(object({ a: TEXT })),
      '.a is no longer always there',
    ],
    [
      'a field can be null',
      giving(TEXT),
      giving({ type: ['string', 'null'] }),
      'the type was string and is string or null',
    ],
    ['a field has new values', giving({ enum: ['a'] }), giving({ enum: ['a', 'b'] }), 'may now be "b"'],
    ['a field has any value', giving({ enum: ['a'] }), giving({}), 'may now be any'],
    ['an answer has a new choice', giving(TEXT), giving({ anyOf: [TEXT, NULL] }), 'a choice is new or wider'],
    [
      'a field deep inside is gone',
      described(giveItem, item({ a: TEXT })),
      described(giveItem, item({})),
      '200.a is gone',
    ],
  ])('if %s', (_, before, after, text) => {
    expect(breakingChanges(before, after)).toEqual([expect.stringContaining(text) as string]);
  });
});

describe('a change of the description breaks nobody', () => {
  it.each<[string, OpenApi, OpenApi]>([
    ['nothing changes', described(giveItem, item({ a: TEXT })), described(giveItem, item({ a: TEXT }))],
    ['an operation is new', described({}), { ...described({}), paths: { '/items': { get: {}, post: {} } } }],
    ['a parameter is new', withParameter(), withParameter({})],
    ['a body may be left out', taking(TEXT, true), taking(TEXT, false)],
    ['a field of a request is new', taking(object({})), taking(object({ a: TEXT }))],
    ['a field of a request may be left out', taking(object({ a: TEXT }, ['a'])), taking(object({ a: TEXT }))],
    ['a request may hold more', taking({ ...TEXT, maxLength: 8 }), taking({ ...TEXT, maxLength: 9 })],
    ['a request may hold any number', taking({ type: 'integer' }), taking(NUMBER)],
    ['a request has a new choice', taking(TEXT), taking({ oneOf: [TEXT, NUMBER] })],
    ['a request has new values', taking({ enum: ['a'] }), taking({ enum: ['a', 'b'] })],
    ['a field of an answer is new', giving(object({})), giving(object({ a: TEXT }, ['a']))],
    ['an answer has fewer values', giving({ enum: ['a', 'b'] }), giving({ const: 'a' })],
    ['an answer is never null', giving({ ...TEXT, nullable: true }), giving(TEXT)],
    [
      'an error is new or gone',
      described({ responses: { '404': {} } }),
      described({ responses: { '409': {} } }),
    ],
    ['a problem has a new code', problems(['a']), problems(['a', 'b'])],
  ])('if %s', (_, before, after) => {
    expect(breakingChanges(before, after)).toEqual([]);
  });
});

describe('a release', () => {
  it.each([
    ['0.1.0', '0.2.0', true],
    ['0.2.0', '0.2.1', false],
    ['0.9.0', '1.0.0', true],
    ['1.0.0', '1.1.0', false],
    ['1.9.0', '2.0.0', true],
    ['0.2.0', '0.2.0', false],
  ])('after %s, %s may break clients: %s', (before, after, may) => {
    expect(mayBreak(before, after)).toBe(may);
  });
});
