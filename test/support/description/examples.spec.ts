import { describe, expect, it } from 'vitest';
import { answerExamples, exampleRequests, withoutExample } from './examples.js';
import type { OpenApi } from './open-api.js';

const ID = { name: 'id', in: 'path', required: true } as const;
const json = (media: object) => ({ content: { 'application/json': media } });

const OPEN_API: OpenApi = {
  paths: {
    '/items': {
      post: {
        parameters: [
          { name: 'Prefer', in: 'header', schema: { type: 'string', examples: ['wait=1', 'wait=2'] } },
        ],
        requestBody: json({
          schema: { $ref: '#/components/schemas/Item' },
          examples: { one: { value: { id: 1 } }, wrong: { value: {}, 'x-answer': 400 } },
        }),
        responses: { '202': json({ schema: { type: 'string' }, example: 'x' }) },
      },
      get: { parameters: [{ name: 'limit', in: 'query', example: 20 }] },
    },
    '/items/{id}': {
      get: { parameters: [{ ...ID, examples: { first: { value: 'a' } } }] },
      put: { parameters: [ID], requestBody: json({ schema: { $ref: '#/components/schemas/Item' } }) },
      post: {
        parameters: [{ name: 'Prefer', in: 'header', example: 'wait=1' }],
        requestBody: json({ schema: { type: 'object' } }),
      },
    },
  },
  components: { schemas: { Item: { type: 'object', example: { id: 2 } } } },
};

const short = exampleRequests(OPEN_API).map(({ operation, example, parameters, body, status }) => [
  operation,
  example,
  parameters.map(({ parameter, value }) => `${parameter.name}=${String(value)}`).join(),
  body,
  status,
]);

describe('the examples of a description', () => {
  it('are one request for each body, and one for each parameter with the first body', () => {
    expect(short.filter(([operation]) => operation === 'POST /items')).toEqual([
      ['POST /items', 'body one', '', { id: 1 }, null],
      ['POST /items', 'body wrong', '', {}, 400],
      ['POST /items', 'Prefer 1', 'Prefer=wait=1', { id: 1 }, null],
      ['POST /items', 'Prefer 2', 'Prefer=wait=2', { id: 1 }, null],
    ]);
  });

  it('include every operation that takes no body', () => {
    expect(short.filter(([operation]) => String(operation).startsWith('GET'))).toEqual([
      ['GET /items', null, '', undefined, null],
      ['GET /items', 'limit example', 'limit=20', undefined, null],
      ['GET /items/{id}', null, 'id=a', undefined, null],
    ]);
  });

  it('are those of the schema where the body has none of its own', () => {
    expect(short.filter(([operation]) => operation === 'PUT /items/{id}')).toEqual([
      ['PUT /items/{id}', 'body example', '', { id: 2 }, null],
    ]);
  });

  it('are missed where an operation takes a body and shows none', () => {
    expect(withoutExample(OPEN_API)).toEqual(['POST /items/{id}']);
    expect(short.filter(([operation]) => operation === 'POST /items/{id}')).toEqual([]);
  });

  it('include those of answers', () => {
    expect(answerExamples(OPEN_API)).toEqual([
      { name: 'POST /items 202 application/json example', schema: { type: 'string' }, value: 'x' },
    ]);
  });
});
