import { plainToInstance, Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, ValidateBy, ValidateNested } from 'class-validator';
import { WHOLE_OBJECT } from '../platform/validation/faults.js';
import { isHiddenFromClassTransformer } from '../platform/validation/hidden-names.js';
import { allOf } from './all-of.js';
import { neverReturns } from './ends-call.js';
import { VERB_CLASSES, VERB_NAMES } from './verbs.js';
import type { VerbName } from './verbs.js';

export const MAX_VERBS = 20;

/** The verbs travel in the document's URL, where they take about 4/3 of this. */
const MAX_THEN_BYTES = 4096;

/** Takes the place of an entry that is not a verb, so that validation reports the entry's position in the list. */
class NotAVerb {
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
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return new NotAVerb();
  const hidden = Object.keys(entry).find(isHiddenFromClassTransformer);
  if (hidden !== undefined) return new NotAVerb(`${hidden} is not a known field; remove it`);
  const names = VERB_NAMES.filter((name) => isGiven(entry, name));
  const [name] = names;
  return name === undefined || names.length > 1
    ? new NotAVerb()
    : plainToInstance<object, unknown>(VERB_CLASSES[name], withoutOtherVerbs(entry, name));
}

/** `null` means absent. */
const isGiven = (entry: object, name: VerbName): boolean =>
  Object.hasOwn(entry, name) && Reflect.get(entry, name) !== null;

/** Those that are null, which the class of the verb would refuse as unknown fields. */
const withoutOtherVerbs = (entry: object, verb: VerbName): unknown =>
  Object.fromEntries(
    Object.entries(entry).filter(([name]) => name === verb || !VERB_NAMES.some((other) => other === name)),
  );

const FitsInUrl = () =>
  ValidateBy({
    name: 'fitsInUrl',
    validator: {
      validate: (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '') <= MAX_THEN_BYTES,
      defaultMessage: (args) =>
        `${args?.property} must be at most ${MAX_THEN_BYTES} bytes of JSON, since it travels in a URL`,
    },
  });

const HasNoUnreachableVerb = () =>
  ValidateBy({
    name: 'hasNoUnreachableVerb',
    validator: {
      validate: (value: unknown) =>
        !Array.isArray(value) || value.slice(0, -1).every((verb: object) => !neverReturns(verb)),
      defaultMessage: (args) =>
        `${args?.property} must have no verb after a redirect, a hangup or a dial with an action, because it would never run`,
    },
  });

/** A list of verbs, which say what the call does after the stop. Each becomes an instance of its own class. */
export const IsThen = () =>
  allOf(
    Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? value.map(toVerb) : value)),
    IsArray({ message: '$property must be a list of verbs, such as [{"say": "Goodbye"}, {"hangup": true}]' }),
    ArrayMaxSize(MAX_VERBS, { message: `$property must have at most ${MAX_VERBS} verbs` }),
    ValidateNested({ each: true }),
    FitsInUrl(),
    HasNoUnreachableVerb(),
  );
