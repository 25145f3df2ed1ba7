import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { isByteLength, IsIn, IsInt, IsNotEmpty, IsUrl, Matches, Max, Min, ValidateBy } from 'class-validator';
import type { ValidationArguments } from 'class-validator';
import { jsonFaultPosition } from './json-fault.js';
import { IsHttpUrl } from '../platform/validation/is-http-url.js';

/** The form of SignalWire project ids and API tokens. */
export const IDENTIFIER = /^[\w.-]{1,128}$/;

/** More than SignalWire accepts from all customers together (https://signalwire.com/docs/platform/rate-limits). */
export const MAX_REQUESTS_PER_SECOND = 100_000;

const parsed = (parse: (text: string) => unknown) =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? parse(value) : value));

/** `Number` would also accept `0x50` and `1e3`, which are more likely typing errors. */
const parseDecimal = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text);

/** A whole number of `unit`, from `min` to `max`. */
export function IsWhole(unit: string, min: number, max: number): PropertyDecorator {
  const rule = { message: `$property must be a whole number of ${unit} from ${min} to ${max}` };
  return applyDecorators(parsed(parseDecimal), IsInt(rule), Min(min, rule), Max(max, rule));
}

export const IsPort = () => IsWhole('a TCP port', 0, 65_535);

export const IsMilliseconds = (min: number, max: number) => IsWhole('milliseconds', min, max);

/** The value of another variable; null if that one is invalid, which it reports itself. */
const numberOf = (variable: string, args: ValidationArguments | undefined): number | null => {
  const value: unknown = args && Reflect.get(args.object, variable);
  return typeof value === 'number' ? value : null;
};

/** At most the value of the variable `other`. */
export const IsAtMost = (other: string) =>
  ValidateBy({
    name: 'isAtMost',
    validator: {
      validate: (value: unknown, args) => {
        const limit = numberOf(other, args);
        return typeof value !== 'number' || limit === null || value <= limit;
      },
      defaultMessage: (args) => `${args?.property} must be at most ${other}`,
    },
  });

/** A port that differs from those in `others`; 0, any free port, may be used several times. */
export function DiffersFrom(...others: readonly string[]): PropertyDecorator {
  const same = (args: ValidationArguments | undefined): string[] =>
    others.filter((other) => args?.value !== 0 && numberOf(other, args) === args?.value);
  return ValidateBy({
    name: 'differsFrom',
    validator: {
      validate: (_, args) => same(args).length === 0,
      defaultMessage: (args) => `${args?.property} must differ from ${same(args).join(' and ')}`,
    },
  });
}

const withoutSlash = (text: string): string => text.replace(/\/+$/, '');

/** An http or https URL to which paths are appended; a trailing slash is removed. */
export const IsBaseUrl = () =>
  applyDecorators(
    parsed(withoutSlash),
    IsHttpUrl(
      '$property must be an absolute http or https URL, such as https://example.com, without user, query and fragment',
      { disallow_auth: true, allow_query_components: false, allow_fragments: false },
    ),
  );

/** The first parts of routes: below such a base path, whether a proxy has removed it could not be told. */
const FIRST_PARTS = [
  'cancellations',
  'console',
  'dashboard',
  'docs',
  'events',
  'health',
  'metrics',
  'platform',
  'openapi\\.json',
  'problems',
  'proof-key',
  'queue',
  'session',
  'setup',
];
const BASE_PATH = new RegExp(
  `^(?!/(?:${FIRST_PARTS.join('|')})(?:/|$))(?:/(?!\\.{1,2}(?:/|$))[\\w.~-]{1,64}){1,8}$`,
);

/** A path below which all routes are shown. */
export const IsBasePath = () =>
  Matches(BASE_PATH, {
    message:
      '$property must be a path such as /streamstop: without a slash at its end, of letters, digits or any of _ . ~ -, ' +
      'and not beginning with that of a route, such as /queue',
  });

/** An http or https URL of which only the origin is used. */
export function IsOrigin(example: string): PropertyDecorator {
  const message = `$property must be an http or https origin alone, such as ${example}: no user, path, query or fragment`;
  return applyDecorators(
    parsed(withoutSlash),
    IsHttpUrl(message),
    Matches(/^https?:\/\/[^/?#@]+$/i, { message }),
  );
}

/** Stricter than ioredis, which takes `/99x` for a database and fails to decode a lone `%`. */
const REDIS_URL_FORM = /^rediss?:\/\/(?:[^/?#%]|%[0-9a-f]{2})+(?:\/\d*)?(?:\?[^#]*)?$/i;

export function IsRedisUrl(): PropertyDecorator {
  const message =
    '$property is required and must be a redis or rediss URL, such as redis://localhost:6379 or ' +
    'redis://user:password@localhost:6379/0; special characters of a password are percent-encoded ' +
    '(REDIS_SENTINELS or REDIS_CLUSTER_NODES can be set instead)';
  // Compose creates host names with underscores.
  const host = { require_tld: false, allow_underscores: true };
  return applyDecorators(
    IsUrl({ protocols: ['redis', 'rediss'], require_protocol: true, ...host }, { message }),
    Matches(REDIS_URL_FORM, { message }),
  );
}

/** A text that `parse` accepts; `parse` returns null for anything that is not in the form that `form` describes. */
export function IsParsed(parse: (text: string) => unknown, form: string): PropertyDecorator {
  return applyDecorators(
    parsed(parse),
    ValidateBy({
      name: 'isParsed',
      validator: {
        validate: (value: unknown) => value !== null && value !== undefined,
        defaultMessage: (args) => `${args?.property} must be ${form}`,
      },
    }),
  );
}

/**
 * Reads a text as JSON; one that is not stays a text. Stands above the rules for the value, and `IsJson` below them.
 */
export const FromJson = () =>
  parsed((text) => (jsonFaultPosition(text) === null ? (JSON.parse(text) as unknown) : text));

const jsonFaultIn = (value: unknown): number | null =>
  typeof value === 'string' ? jsonFaultPosition(value) : null;

export const IsJson = () =>
  ValidateBy({
    name: 'isJson',
    validator: {
      validate: (value: unknown) => jsonFaultIn(value) === null,
      defaultMessage: (args) =>
        `${args?.property} is not valid JSON: unexpected character at position ${jsonFaultIn(args?.value)}`,
    },
  });

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

export const IsFlag = () => IsParsed((text) => FLAGS.get(text) ?? null, 'true or false');

export const IsOneOf = (values: readonly string[]) =>
  IsIn(values, { message: `$property must be one of ${values.join(', ')}` });

/** Several of `values`, separated by commas. */
export function IsListOf(values: readonly string[]): PropertyDecorator {
  const parse = (text: string): string[] | null => {
    const items = text.split(',').map((item) => item.trim());
    return items.every((item) => values.includes(item)) ? items : null;
  };
  return IsParsed(parse, `one or more of ${values.join(', ')}, separated by commas`);
}

export const IsPathOf = (what: string) => IsNotEmpty({ message: `$property must be the path of ${what}` });

/** A secret of so many bytes at least; spaces around it make it no longer. */
export const IsSecret = (minBytes: number) =>
  ValidateBy({
    name: 'isSecret',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isByteLength(value.trim(), minBytes),
      defaultMessage: (args) =>
        `${args?.property} is required and must be ${minBytes} bytes or more; make one with: openssl rand -hex 32`,
    },
  });
