import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { Fault } from '../platform/validation/faults.js';
import { Problem, PROBLEM_JSON, typeOf } from '../platform/http/problems/problem.js';
import { PROBLEMS } from './catalogue.js';
import type { ProblemCode } from './catalogue.js';

/** What can be wrong with a body, also where it has no meaning. */
export const BODY_PROBLEMS = [
  'bad_request',
  'invalid_body',
  'invalid_encoding',
  'body_too_large',
  'unsupported_media_type',
] as const satisfies readonly ProblemCode[];

const EXAMPLE_FAULTS: Partial<Record<ProblemCode, readonly Fault[]>> = {
  invalid_body: [
    { field: 'streamName', message: 'streamName is required, or streamSid or streamNames instead' },
  ],
  invalid_query: [{ field: 'limit', message: 'limit must be a whole number from 1 to 200' }],
};

/** The headers that come with a problem of a status. */
const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'WWW-Authenticate': 'the scheme to use' },
  403: { 'WWW-Authenticate': 'the scope that is missing' },
  429: { 'Retry-After': 'the seconds after which to try again' },
  503: { 'Retry-After': 'the seconds after which to ask again' },
};

/** Describes the problems that an operation answers with. Of one status, all must be stated at once. */
export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  return applyDecorators(
    ApiExtraModels(Problem),
    ...statuses.map((status) => {
      const ofStatus = codes.filter((code) => PROBLEMS[code].status === status);
      return ApiResponse({
        status,
        description: ofStatus.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. '),
        headers: headersOf(status),
        content: {
          [PROBLEM_JSON]: {
            schema: { $ref: getSchemaPath(Problem) },
            examples: Object.fromEntries(ofStatus.map((code) => [code, exampleOf(code)])),
          },
        },
      });
    }),
  );
}

const headersOf = (status: number) =>
  Object.fromEntries(
    Object.entries(HEADERS[status] ?? {}).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } as const },
    ]),
  );

function exampleOf(code: ProblemCode): { summary: string; description: string; value: Problem } {
  const { title, status, advice } = PROBLEMS[code];
  const errors = EXAMPLE_FAULTS[code];
  const detail = errors?.[0]?.message ?? title;
  return {
    summary: title,
    description: advice,
    value: {
      type: typeOf(code, ''),
      title,
      status,
      detail,
      instance: '/cancellations',
      code,
      ...(errors && { errors }),
    },
  };
}
