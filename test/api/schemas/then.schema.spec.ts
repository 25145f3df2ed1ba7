import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { THEN_SCHEMA, VERB_SCHEMAS } from '../../../src/api/schemas/then.schema.js';
import { VERB_CLASSES, VERB_NAMES } from '../../../src/cxml/verbs.js';
import type { VerbName } from '../../../src/cxml/verbs.js';

const isValid = (name: VerbName, verb: object): boolean =>
  validateSync(plainToInstance<object, object>(VERB_CLASSES[name], verb), {
    whitelist: true,
    forbidNonWhitelisted: true,
  }).length === 0;

const EXAMPLES: Readonly<Record<VerbName, object>> = {
  say: { say: 'x' },
  play: { play: 'https://e.com' },
  pause: { pause: 1 },
  redirect: { redirect: 'https://e.com' },
  dial: { dial: 'sip:a@pbx' },
  enqueue: { enqueue: 'support' },
  hangup: { hangup: true },
};

const padded = (start: string, length: number, end = ''): string =>
  start + 'x'.repeat(length - start.length - end.length) + end;

/** A value of this length that breaks no other rule of its field. */
function ofLength(field: string, length: number): string {
  if (field === 'play' || field === 'redirect' || field === 'action') return padded('https://e.com/', length);
  return field === 'dial' ? padded('sip:', length, '@pbx') : padded('', length);
}

/** Every field of every verb, with what its schema says. */
const FIELDS = VERB_NAMES.flatMap((verb) =>
  Object.entries(VERB_SCHEMAS[verb].properties ?? {}).map(([field, schema]) => {
    if ('$ref' in schema) throw new Error('the schemas refer to no others');
    return {
      verb,
      field,
      schema,
      accepts: (value: unknown) => isValid(verb, { ...EXAMPLES[verb], [field]: value }),
    };
  }),
);

const fieldsWith = (...rules: readonly ('maxLength' | 'minimum' | 'maximum' | 'pattern' | 'enum')[]) =>
  FIELDS.filter(({ schema }) => rules.some((rule) => schema[rule] !== undefined));

describe('the OpenAPI schema of then', () => {
  it('describes every verb by its required field', () => {
    expect(Object.keys(VERB_SCHEMAS)).toEqual(VERB_NAMES);
    expect(THEN_SCHEMA.items.oneOf.map(({ required }) => required)).toEqual(VERB_NAMES.map((name) => [name]));
  });

  it.each(VERB_NAMES)('allows no more fields of %s than the validators', (name) => {
    expect(isValid(name, EXAMPLES[name])).toBe(true);
    expect(isValid(name, { ...EXAMPLES[name], other: 'x' })).toBe(VERB_SCHEMAS[name].additionalProperties);
  });

  it('states a limit for every field', () => {
    expect(fieldsWith('maxLength', 'maximum', 'pattern', 'enum')).toEqual(FIELDS);
  });

  it.each(fieldsWith('maxLength'))('states the longest $field of $verb', ({ field, schema, accepts }) => {
    const max = schema.maxLength ?? 0;
    expect([accepts(''), accepts(ofLength(field, max)), accepts(ofLength(field, max + 1))]).toEqual([
      schema.minLength === 0,
      true,
      false,
    ]);
  });

  it.each(fieldsWith('minimum'))('states the range of $field', ({ schema, accepts }) => {
    const { minimum = 0, maximum = 0 } = schema;
    expect([minimum - 1, minimum, maximum, maximum + 1].map(accepts)).toEqual([false, true, true, false]);
  });

  it.each(fieldsWith('pattern'))('states the form of $field', ({ schema, accepts }) => {
    const values = ['q', 'q'.repeat(64), 'q'.repeat(65), 'a-b', 'ä', ''];
    expect(values.map(accepts)).toEqual(values.map((value) => new RegExp(schema.pattern ?? '').test(value)));
  });

  it.each(fieldsWith('enum'))('states the values of $field', ({ schema, accepts }) => {
    const values: readonly unknown[] = ['GET', 'POST', 'PUT', true, false];
    expect(values.filter(accepts)).toEqual(schema.enum);
  });
});
