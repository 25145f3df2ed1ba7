import { applyDecorators } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';
import { plainToInstance, Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, ValidateBy, ValidateNested } from 'class-validator';
import { WHOLE_OBJECT } from '../platform/validation/faults.js';
import { isPassedOver } from '../platform/validation/passed-over.js';
import { neverReturns } from './ends-call.js';
import { VERB_CLASSES, VERB_NAMES } from './verbs.js';

const MAX_VERBS = 20;

/** The verbs travel inside the document's URL, so their size bounds the URL: about 4/3 of this many bytes. */
const MAX_THEN_BYTES = 4096;

/** `then` as OpenAPI has it. */
export const THEN_SCHEMA = {
  type: 'array' as const,
  maxItems: MAX_VERBS,
  description:
    'what the call does after the stop, in this order; nothing may follow a redirect, a hangup or a dial with an action. ' +
    'A call that runs out of verbs ends, of which `warnings` tells',
  items: { oneOf: VERB_NAMES.map((name) => ({ $ref: getSchemaPath(VERB_CLASSES[name]) })) },
};

/** Stands for an entry that is no verb, so that validation can say so at its place in the list. */
class NoVerb {
  @ValidateBy({
    name: 'isVerb',
    validator: { validate: () => false, defaultMessage: (args) => String(args?.value) },
  })
  readonly [WHOLE_OBJECT]: string;

  constructor(reason = `each entry of then must be an object with exactly one of ${VERB_NAMES.join(', ')}`) {
    this[WHOLE_OBJECT] = reason;
  }
}

function toVerb(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return new NoVerb();
  const passedOver = Object.keys(entry).find(isPassedOver);
  if (passedOver !== undefined) return new NoVerb(`${passedOver} is not a known field; remove it`);
  const names = VERB_NAMES.filter((name) => Object.hasOwn(entry, name));
  const [name] = names;
  return name === undefined || names.length > 1
    ? new NoVerb()
    : plainToInstance<object, unknown>(VERB_CLASSES[name], entry);
}

const FitsInUrl = () =>
  ValidateBy({
    name: 'fitsInUrl',
    validator: {
      validate: (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '') <= MAX_THEN_BYTES,
      defaultMessage: (args) =>
        `${args?.property} must be at most ${MAX_THEN_BYTES} bytes of JSON, since it travels in a URL`,
    },
  });

const EndsTheDocument = () =>
  ValidateBy({
    name: 'endsTheDocument',
    validator: {
      validate: (value: unknown) =>
        !Array.isArray(value) || value.slice(0, -1).every((verb: object) => !neverReturns(verb)),
      defaultMessage: (args) =>
        `${args?.property} must have no verb after a redirect, a hangup or a dial with an action, for none would run`,
    },
  });

/** What the call does after the stop: a list of verbs, each of its own class. */
export const IsThen = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value.map(toVerb) : value)),
    IsArray({ message: '$property must be a list of verbs, such as [{"say": "Goodbye"}, {"hangup": true}]' }),
    ArrayMaxSize(MAX_VERBS, { message: `$property must have at most ${MAX_VERBS} verbs` }),
    ValidateNested({ each: true }),
    FitsInUrl(),
    EndsTheDocument(),
  );
