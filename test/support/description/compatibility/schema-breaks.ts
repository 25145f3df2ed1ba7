import type { Json, OpenApi } from '../open-api.js';
import { resolved } from '../open-api.js';

/** Requests may not be refused that were accepted before; answers may not hold what they did not hold before. */
export type Direction = 'request' | 'answer';

interface Sides {
  readonly before: OpenApi;
  readonly after: OpenApi;
  readonly direction: Direction;
  /** Pairs of schemas that are being compared, because a schema may contain itself. */
  readonly open: ReadonlySet<string>;
}

/** Limits on what is accepted, by which change of the number narrows them. */
const LIMITS = {
  maxLength: Math.max,
  maximum: Math.max,
  maxItems: Math.max,
  minLength: Math.min,
  minimum: Math.min,
  minItems: Math.min,
} as const;

/** Problems may get new codes at any time, and clients are told so. */
const IS_OPEN = /\/Problem$/;

/**
 * What breaks clients that were written for the schema as it was, in words.
 *
 * @param at where the schema is
 */
export function schemaBreaks(sides: Sides, old: Json, now: Json, at: string): string[] {
  const names = `${String(old['$ref'])} ${String(now['$ref'])}`;
  if (IS_OPEN.test(String(old['$ref'])) || ('$ref' in old && sides.open.has(names))) return [];
  const inner = { ...sides, open: new Set([...sides.open, names]) };
  const a = plain(sides.before, old);
  const b = plain(sides.after, now);
  const inAlternatives = alternativeBreaks(inner, a, b, at);
  if (inAlternatives !== null) return inAlternatives;
  return [
    ...valueBreaks(sides.direction, a, b, at),
    ...fieldBreaks(inner, a, b, at),
    ...innerBreaks(inner, a, b, 'items', `${at}[]`),
    ...innerBreaks(inner, a, b, 'additionalProperties', `${at}.*`),
  ];
}

/** Of schemas with `oneOf` or `anyOf`: each choice needs one on the other side that does not break. Null for others. */
function alternativeBreaks(sides: Sides, a: Json, b: Json, at: string): string[] | null {
  const [olds, nows] = [alternatives(a), alternatives(b)];
  if (olds.length + nows.length <= 2) return null;
  const isIn = (old: Json, now: Json): boolean => schemaBreaks(sides, old, now, at).length === 0;
  return sides.direction === 'request'
    ? olds
        .filter((old) => !nows.some((now) => isIn(old, now)))
        .map(() => `${at}: a choice is gone or narrower`)
    : nows.filter((now) => !olds.some((old) => isIn(old, now))).map(() => `${at}: a choice is new or wider`);
}

function valueBreaks(direction: Direction, a: Json, b: Json, at: string): string[] {
  const isRequest = direction === 'request';
  // What has to be contained in what.
  const [inner, outer] = isRequest ? [a, b] : [b, a];
  const breaks: string[] = [];
  const types = typesOf(outer);
  const isType = (type: string): boolean =>
    types.includes(type) || (type === 'integer' && types.includes('number'));
  if (types.length > 0 && (typesOf(inner).length === 0 || !typesOf(inner).every(isType)))
    breaks.push(
      `${at}: the type was ${typesOf(a).join(' or ') || 'any'} and is ${typesOf(b).join(' or ') || 'any'}`,
    );
  const values = valuesOf(outer);
  const missing = (valuesOf(inner) ?? ['any']).filter((value) => values?.includes(value) === false);
  if (missing.length > 0)
    breaks.push(`${at}: ${isRequest ? 'no longer takes' : 'may now be'} ${missing.join(', ')}`);
  if (!isRequest) return breaks;
  for (const [limit, wider] of Object.entries(LIMITS)) {
    const [was, is] = [a[limit], b[limit]] as [number | undefined, number | undefined];
    if (is !== undefined && (was === undefined || wider(was, is) !== is))
      breaks.push(`${at}: ${limit} is now ${is}`);
  }
  if (b['pattern'] !== undefined && b['pattern'] !== a['pattern'])
    breaks.push(`${at}: the pattern is now ${JSON.stringify(b['pattern'])}`);
  return breaks;
}

function fieldBreaks(sides: Sides, a: Json, b: Json, at: string): string[] {
  const [olds, nows] = [fieldsOf(a), fieldsOf(b)];
  const [required, optional] =
    sides.direction === 'request' ? [requiredIn(b), requiredIn(a)] : [requiredIn(a), requiredIn(b)];
  const because = sides.direction === 'request' ? 'is now required' : 'is no longer always there';
  return [
    ...Object.keys(olds)
      .filter((name) => !(name in nows))
      .map((name) => `${at}.${name} is gone`),
    ...[...required]
      .filter((name) => !optional.has(name) && (sides.direction === 'request' || name in nows))
      .map((name) => `${at}.${name} ${because}`),
    ...Object.entries(olds).flatMap(([name, old]) => {
      const now = nows[name];
      return now === undefined ? [] : schemaBreaks(sides, old, now, `${at}.${name}`);
    }),
  ];
}

function innerBreaks(sides: Sides, a: Json, b: Json, name: string, at: string): string[] {
  const [old, now] = [a[name], b[name]];
  if (typeof old !== 'object' || typeof now !== 'object') return [];
  return schemaBreaks(sides, old as Json, now as Json, at);
}

/** Without references; the parts of `allOf` are put together. */
function plain(openApi: OpenApi, schema: Json): Json {
  const { allOf = [], ...own } = resolved(openApi, schema) as Json & { allOf?: Json[] };
  return allOf.reduce<Json>((merged, part) => {
    const more = plain(openApi, part);
    return {
      ...more,
      ...merged,
      ...('properties' in more && { properties: { ...fieldsOf(more), ...fieldsOf(merged) } }),
      ...('required' in more && { required: [...requiredIn(more), ...requiredIn(merged)] }),
    };
  }, own);
}

function alternatives(schema: Json): readonly Json[] {
  const choices = (schema['oneOf'] ?? schema['anyOf'] ?? [schema]) as Json[];
  return schema['nullable'] === true && choices[0] !== schema ? [...choices, { type: 'null' }] : choices;
}

const typesOf = (schema: Json): string[] => [
  ...([schema['type'] ?? []].flat() as string[]),
  ...(schema['nullable'] === true ? ['null'] : []),
];

/** As JSON; undefined for any. */
function valuesOf(schema: Json): string[] | undefined {
  const values = (schema['enum'] ?? ('const' in schema ? [schema['const']] : undefined)) as
    | unknown[]
    | undefined;
  return values?.map((value) => JSON.stringify(value));
}

const fieldsOf = (schema: Json): Readonly<Record<string, Json>> =>
  (schema['properties'] ?? {}) as Record<string, Json>;

const requiredIn = (schema: Json): ReadonlySet<string> => new Set((schema['required'] ?? []) as string[]);
