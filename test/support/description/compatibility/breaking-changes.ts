import type { Content, OpenApi, Operation, Parameter } from '../open-api.js';
import { resolved } from '../open-api.js';
import { schemaBreaks } from './schema-breaks.js';
import type { Direction } from './schema-breaks.js';

interface Both {
  readonly before: OpenApi;
  readonly after: OpenApi;
}

/**
 * What breaks clients that were written for the description as it was, in words. Errors do not count: they may get new
 * kinds.
 *
 * Answers are read leniently: a new field breaks nobody. Requests are not: the API refuses fields that it does not
 * know.
 */
export function breakingChanges(before: OpenApi, after: OpenApi): string[] {
  return Object.entries(before.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, old]) => {
      const at = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (now === undefined) return [`${at} is gone`];
      return [
        ...parameterBreaks({ before, after }, old, now, at),
        ...bodyBreaks({ before, after }, old, now, at),
        ...answerBreaks({ before, after }, old, now, at),
      ];
    }),
  );
}

/**
 * Whether semantic versioning allows a release to break clients of an earlier one (https://semver.org): a new major
 * version, and before 1.0.0 a new minor one.
 */
export function mayBreak(before: string, after: string): boolean {
  const [oldMajor = 0, oldMinor = 0] = before.split('.').map(Number);
  const [major = 0, minor = 0] = after.split('.').map(Number);
  return major > oldMajor || (major === 0 && oldMajor === 0 && minor > oldMinor);
}

function parameterBreaks({ before, after }: Both, old: Operation, now: Operation, at: string): string[] {
  const [olds, nows] = [parametersOf(before, old), parametersOf(after, now)];
  return [
    ...[...olds.keys()].filter((name) => !nows.has(name)).map((name) => `${at}: ${name} is gone`),
    ...[...nows].flatMap(([name, parameter]) => {
      const was = olds.get(name);
      if (parameter.required === true && was?.required !== true) return [`${at}: ${name} is now required`];
      if (was === undefined) return [];
      const sides = { before, after, direction: 'request', open: new Set<string>() } as const;
      return schemaBreaks(sides, was.schema ?? {}, parameter.schema ?? {}, `${at}: ${name}`);
    }),
  ];
}

/** By place and name. */
const parametersOf = (openApi: OpenApi, { parameters = [] }: Operation): ReadonlyMap<string, Parameter> =>
  new Map(
    parameters.map((one) => resolved(openApi, one)).map((one) => [`${one.in} parameter ${one.name}`, one]),
  );

function bodyBreaks(both: Both, old: Operation, now: Operation, at: string): string[] {
  const [was, is] = [resolved(both.before, old.requestBody), resolved(both.after, now.requestBody)];
  if (was === undefined) return is?.required === true ? [`${at}: a body is now required`] : [];
  return [
    ...(is?.required === true && was.required !== true ? [`${at}: the body is now required`] : []),
    ...contentBreaks(both, was.content, is?.content, `${at} body`, 'request'),
  ];
}

function answerBreaks(both: Both, old: Operation, now: Operation, at: string): string[] {
  return Object.entries(old.responses ?? {})
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([status, response]) => {
      const is = now.responses?.[status];
      if (is === undefined) return [`${at} ${status} is gone`];
      const [a, b] = [resolved(both.before, response), resolved(both.after, is)];
      const headers = new Set(Object.keys(b.headers ?? {}).map((name) => name.toLowerCase()));
      return [
        ...Object.keys(a.headers ?? {})
          .filter((name) => !headers.has(name.toLowerCase()))
          .map((name) => `${at} ${status}: the header ${name} is gone`),
        ...contentBreaks(both, a.content, b.content, `${at} ${status}`, 'answer'),
      ];
    });
}

function contentBreaks(
  both: Both,
  olds: Content = {},
  nows: Content = {},
  at: string,
  direction: Direction,
): string[] {
  return Object.entries(olds).flatMap(([type, { schema = {} }]) => {
    const now = nows[type];
    if (now === undefined) return [`${at}: ${type} is gone`];
    const sides = { ...both, direction, open: new Set<string>() };
    return schemaBreaks(sides, schema, now.schema ?? {}, at);
  });
}
