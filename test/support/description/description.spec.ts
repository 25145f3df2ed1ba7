import { describe, expect, it } from 'vitest';
import { Description } from './description.js';
import type { Answered } from './description.js';
import type { Json, OpenApi } from './open-api.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const json = (schema: Json) => ({ content: { 'application/json': { schema } } });
const PROBLEM = {
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** @param time a time or null, in the words of one version of OpenAPI */
const described = (time: Json): Description =>
  new Description(
    {
      paths: {
        '/items/{id}': {
          get: {
            responses: {
              '200': json({ $ref: '#/components/schemas/Item' }),
              '404': { $ref: '#/components/responses/Gone' } as Json,
            },
          },
        },
        '/items/first': { get: { responses: { '200': json({ type: 'string' }) } } },
        '/items': {
          post: {
            responses: {
              '202': {
                ...json({ oneOf: [{ $ref: '#/components/schemas/Item' }, { type: 'array' }] }),
                headers: {
                  Location: { required: true, schema: { type: 'string', pattern: '^/items/' } },
                  'Retry-After': { schema: { type: 'integer' } },
                },
              },
            },
          },
        },
        '/changes': {
          get: { responses: { '200': { content: { 'text/event-stream': { schema: { type: 'string' } } } } } },
        },
        '/nothing': { delete: { responses: { '204': {} } } },
      },
      components: {
        responses: { Gone: PROBLEM },
        schemas: {
          Item: {
            type: 'object',
            required: ['id', 'at'],
            properties: {
              id: { type: 'string' },
              at: { format: 'date-time', ...time },
              url: { type: 'string', format: 'uri' },
            },
          },
          Problem: {
            type: 'object',
            required: ['status', 'code'],
            properties: { status: { type: 'number' }, code: { type: 'string' } },
          },
        },
      },
    } satisfies OpenApi,
    '/base',
  );

const item = (fields: object = {}): string => JSON.stringify({ id: 'x', at: null, ...fields });
const problem = (status: number, code: string): string => JSON.stringify({ status, code });
const answer = (
  status: number,
  type: string,
  body: string | null,
  headers: Record<string, string> = {},
): Answered => ({
  status,
  headers: new Headers({ ...(type !== '' && { 'content-type': type }), ...headers }),
  body,
});
const LOCATED = { location: '/items/x' };

const line = (text: string) => {
  const [method = '', target = ''] = text.split(' ');
  return { method, target };
};

describe.each([
  ['3.0', described({ type: 'string', nullable: true })],
  ['3.1', described({ type: ['string', 'null'] })],
])('with a description of OpenAPI %s', (_, description) => {
  it.each<[string, Answered]>([
    ['GET /items/x', answer(200, JSON_TYPE, item())],
    ['GET /items/x/?y=/', answer(200, JSON_TYPE, item({ at: '2026-01-31T09:00:00.000Z', url: 'urn:x:y' }))],
    ['GET /base/items/x', answer(200, JSON_TYPE, item())],
    ['GET http://x/items/x', answer(200, JSON_TYPE, item())],
    ['GET /items/%66irst', answer(200, JSON_TYPE, '"x"')],
    ['HEAD /items/x', answer(200, JSON_TYPE, null)],
    ['POST /items', answer(202, JSON_TYPE, item(), LOCATED)],
    ['POST /items', answer(202, JSON_TYPE, '[]', { ...LOCATED, 'retry-after': '1' })],
    ['GET /changes', answer(200, 'text/event-stream', null)],
    ['DELETE /nothing', answer(204, '', '')],
    ['GET /items/x', answer(404, PROBLEM_TYPE, problem(404, 'item_not_found'))],
    ['GET /docs', answer(200, 'text/html', null)],
    ['GET /dashboard/api/queues', answer(200, JSON_TYPE, '{}')],
    ['PUT /dashboard/api/queues', answer(405, JSON_TYPE, '{}')],
    ['GET /nowhere', answer(404, PROBLEM_TYPE, problem(404, 'not_found'))],
    ['PATCH /items', answer(405, PROBLEM_TYPE, problem(405, 'method_not_allowed'))],
    ['POST /items', answer(415, PROBLEM_TYPE, problem(415, 'unsupported_media_type'))],
    ['GET /items/x', answer(400, PROBLEM_TYPE, problem(400, 'invalid_body'))],
  ])('%s can have this answer: %j', (request, answered) => {
    expect(description.fault(line(request), answered)).toBeNull();
  });

  it.each<[string, Answered, string]>([
    ['POST /items', answer(202, JSON_TYPE, '', LOCATED), '202 is not as described: is no JSON'],
    ['POST /items', answer(202, JSON_TYPE, item()), 'wrong header Location: it is missing'],
    [
      'POST /items',
      answer(202, JSON_TYPE, item(), { location: '/else' }),
      'wrong header Location: it must match pattern',
    ],
    [
      'POST /items',
      answer(202, JSON_TYPE, item(), { ...LOCATED, 'retry-after': 'soon' }),
      'wrong header Retry-After',
    ],
    ['GET /items/x', answer(200, JSON_TYPE, '{"id":"x"}'), "required property 'at'"],
    ['GET /items/x', answer(200, JSON_TYPE, item({ at: 1 })), '/at must be'],
    ['GET /items/x', answer(200, JSON_TYPE, item({ at: 'yesterday' })), 'must match format'],
    ['GET /items/x', answer(200, JSON_TYPE, item({ url: 'elsewhere' })), 'must match format'],
    ['GET /base/items/x', answer(200, JSON_TYPE, item({ secret: 1 })), 'additional properties'],
    ['GET /items/x', answer(200, JSON_TYPE, '{'), 'is no JSON'],
    ['GET /items/x', answer(200, '', ''), '200 has no body'],
    ['GET /items/x', answer(404, PROBLEM_TYPE, problem(400, 'x')), '404 is a problem of 400'],
    ['GET /items/x', answer(404, PROBLEM_TYPE, '{"status":404}'), "required property 'code'"],
  ])('%s cannot have this answer: %j', (request, answered, text) => {
    const fault = description.fault(line(request), answered);
    expect(fault?.isGap).toBe(false);
    expect(fault?.text).toContain(text);
  });

  it.each<[string, Answered, string]>([
    ['POST /items', answer(200, JSON_TYPE, item()), '200 is not described'],
    ['GET /elsewhere', answer(200, 'text/html', '<html>'), 'the route is not described'],
    ['GET /documents', answer(200, 'text/html', '<html>'), 'the route is not described'],
    ['GET /items/x', answer(200, 'text/html', '<html>'), '200 is text/html, which is not described'],
    ['DELETE /nothing', answer(204, JSON_TYPE, '{}'), '204 is application/json, which is not described'],
    ['GET /items/x', answer(404, JSON_TYPE, '{}'), '404 is application/json, which is not described'],
    ['POST /items', answer(409, PROBLEM_TYPE, problem(409, 'busy')), '409 busy is not described'],
    [
      'POST /items',
      answer(404, PROBLEM_TYPE, problem(404, 'item_not_found')),
      '404 item_not_found is not described',
    ],
    ['GET /nowhere', answer(404, JSON_TYPE, '{}'), '404 is application/json'],
  ])('%s has no description of this answer: %j', (request, answered, text) => {
    expect(description.fault(line(request), answered)).toEqual({ isGap: true, text });
  });
});
