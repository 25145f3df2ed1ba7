import { resolved } from './open-api.js';
import type { Examples, Json, Media, OpenApi, Operation, Parameter } from './open-api.js';

/** A request as the description shows it. */
export interface ExampleRequest {
  /** `POST /cancellations` */
  readonly operation: string;
  /** Which example it is; null where the operation is sent without any. */
  readonly example: string | null;
  readonly parameters: readonly { readonly parameter: Parameter; readonly value: unknown }[];
  readonly body?: unknown;
  /** The status that the example says it gets, in `x-answer`; null for a success. */
  readonly status: number | null;
}

interface Example {
  readonly name: string;
  readonly value: unknown;
  readonly status: number | null;
}

/**
 * The requests of all operations. Each example of a body is one; and each example of a parameter, with the first body.
 * Parameters in the path are in each request, if they have an example. An operation whose body has none is left out.
 */
export function exampleRequests(openApi: OpenApi): ExampleRequest[] {
  return operationsOf(openApi).flatMap(([operation, described]) => {
    const parameters = (described.parameters ?? []).map((one) => resolved(openApi, one));
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    const fixed = inPath.flatMap((parameter) => {
      const [first] = examplesOf(openApi, parameter);
      return first === undefined ? [] : [{ parameter, value: first.value }];
    });
    const bodies = bodyExamples(openApi, described);
    const [first] = bodies;
    if (described.requestBody !== undefined && first === undefined) return [];
    const alone = { operation, example: null, parameters: fixed, status: null };
    return [
      ...(described.requestBody === undefined ? [alone] : []),
      ...bodies.map(({ name, value, status }) => ({
        ...alone,
        example: `body ${name}`,
        body: value,
        status,
      })),
      ...parameters
        .filter((parameter) => parameter.in !== 'path')
        .flatMap((parameter) =>
          examplesOf(openApi, parameter).map(({ name, value, status }) => ({
            ...alone,
            example: `${parameter.name} ${name}`,
            parameters: [...fixed, { parameter, value }],
            ...(first !== undefined && { body: first.value }),
            status,
          })),
        ),
    ];
  });
}

/** The operations that take a body and show none. */
export const withoutExample = (openApi: OpenApi): string[] =>
  operationsOf(openApi)
    .filter(([, one]) => one.requestBody !== undefined && bodyExamples(openApi, one).length === 0)
    .map(([operation]) => operation);

/** What answers show: by what they are, the schema and the value. */
export const answerExamples = (openApi: OpenApi): { name: string; schema: Json; value: unknown }[] =>
  operationsOf(openApi).flatMap(([operation, { responses = {} }]) =>
    Object.entries(responses).flatMap(([status, response]) =>
      Object.entries(resolved(openApi, response).content ?? {}).flatMap(([type, media]) =>
        examplesOf(openApi, media).map(({ name, value }) => ({
          name: `${operation} ${status} ${type} ${name}`,
          schema: media.schema ?? {},
          value,
        })),
      ),
    ),
  );

const operationsOf = ({ paths }: OpenApi): (readonly [string, Operation])[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  );

function bodyExamples(openApi: OpenApi, { requestBody }: Operation): Example[] {
  const { content = {} } = resolved(openApi, requestBody) ?? {};
  return Object.values(content).flatMap((media) => examplesOf(openApi, media));
}

/** Those beside the schema; if there are none, those in it. */
function examplesOf(openApi: OpenApi, { example, examples = {}, schema = {} }: Media): Example[] {
  const own = [...oneExample(example), ...namedExamples(openApi, examples)];
  if (own.length > 0) return own;
  const inSchema = resolved(openApi, schema);
  const several = inSchema['examples'];
  return [
    ...oneExample(inSchema['example']),
    ...(Array.isArray(several) ? several.flatMap((value, index) => oneExample(value, `${index + 1}`)) : []),
  ];
}

const oneExample = (value: unknown, name = 'example'): Example[] =>
  value === undefined ? [] : [{ name, value, status: null }];

const namedExamples = (openApi: OpenApi, examples: Examples): Example[] =>
  Object.entries(examples).map(([name, referred]) => {
    const { value, 'x-answer': status = null } = resolved(openApi, referred);
    return { name, value, status };
  });
