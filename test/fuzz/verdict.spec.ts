import { describe, expect, it } from 'vitest';
import { Description } from './description.js';
import { apiVerdict, publicVerdict } from './verdict.js';

const ITEM = {
  type: 'object',
  properties: { id: { type: 'string' }, at: { type: 'string', nullable: true } },
};
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const XML = 'application/xml; charset=utf-8';

const responses = (status: string) => ({
  responses: {
    [status]: {
      content: { [JSON_TYPE.split(';')[0] ?? '']: { schema: { $ref: '#/components/schemas/Item' } } },
    },
  },
});

const api = apiVerdict(
  new Description(
    {
      paths: {
        '/items/{id}': { get: responses('200') },
        '/items': { post: responses('202') },
        '/health': { get: { responses: { '200': {} } } },
      },
      components: {
        schemas: {
          Item: { required: ['id', 'at'], ...ITEM },
          Problem: {
            type: 'object',
            required: ['status', 'code'],
            properties: { status: { type: 'number' }, code: { type: 'string' } },
          },
        },
      },
    },
    '/base',
  ),
);

const problem = (status: number): string => JSON.stringify({ status, code: 'bad_request' });
const item = (fields: object = {}): string => JSON.stringify({ id: 'x', at: null, ...fields });

describe('an answer of the API to a random request', () => {
  it.each([
    ['POST /items', 202, JSON_TYPE, item()],
    ['GET /items/x?y', 200, JSON_TYPE, item({ at: 'now' })],
    ['GET /base/items/x/', 200, JSON_TYPE, item()],
    ['HEAD /items/x', 200, JSON_TYPE, ''],
    ['GET /health', 200, JSON_TYPE, '{"any":1}'],
    ['GET /elsewhere', 200, 'text/html', '<html>'],
    ['POST /items', 400, PROBLEM_TYPE, problem(400)],
    ['HEAD /items', 404, PROBLEM_TYPE, ''],
    ['NONSENSE /items', 501, PROBLEM_TYPE, problem(501)],
  ])('is right: %s %d %s %s', (line, status, contentType, body) => {
    expect(api({ status, contentType, body }, requestLine(line))).toBeNull();
  });

  it.each([
    ['POST /items', 500, PROBLEM_TYPE, problem(500), 'answered 500'],
    ['POST /items', 503, PROBLEM_TYPE, problem(503), 'answered 503'],
    ['POST /items', 200, JSON_TYPE, item(), '200 is not described'],
    ['POST /items', 202, JSON_TYPE, '', 'is no JSON'],
    ['POST /items', 202, JSON_TYPE, '{"id":"x"}', "required property 'at'"],
    ['POST /items', 202, JSON_TYPE, item({ at: 1 }), 'must be string'],
    ['GET /base/items/x', 200, JSON_TYPE, item({ secret: 1 }), 'additional properties'],
    ['POST /items', 400, '', '', '400 is bare'],
    ['POST /items', 400, PROBLEM_TYPE, '', '400 is no JSON'],
    ['POST /items', 400, JSON_TYPE, problem(400), '400 is application/json'],
    ['POST /items', 400, PROBLEM_TYPE, problem(404), '400 is a problem of 404'],
    ['POST /items', 400, PROBLEM_TYPE, '{"status":400}', "required property 'code'"],
    ['POST /items', 400, PROBLEM_TYPE, '{"status":', '400 is no JSON'],
  ])('is wrong: %s %d %s %s', (line, status, contentType, body, fault) => {
    expect(api({ status, contentType, body }, requestLine(line))).toContain(fault);
  });
});

describe('an answer of the public port to a random request', () => {
  it.each([
    ['POST /laml/stream-status', 204, '', ''],
    ['GET /laml/ping/x', 200, 'text/plain; charset=utf-8', 'x'],
    ['GET /laml/stop-stream', 200, XML, '<Response><Stop/></Response>'],
    ['HEAD /laml/stop-stream', 200, XML, ''],
    ['POST /', 403, XML, '<?xml version="1.0" encoding="UTF-8"?><Response/>'],
  ])('is right: %s %d %s %s', (line, status, contentType, body) => {
    expect(publicVerdict({ status, contentType, body }, requestLine(line))).toBeNull();
  });

  it.each([
    ['GET /laml/stop-stream', 500, XML, '<Response/>', 'answered 500'],
    ['GET /laml/stop-stream', 200, XML, '<Response><Stop></Response>', '200 is no cXML'],
    ['GET /laml/stop-stream', 200, XML, '', '200 is no cXML'],
    ['GET /laml/stop-stream', 200, 'text/plain', 'x', '200 is text/plain'],
    ['GET /laml/stop-stream', 404, JSON_TYPE, '{}', '404 is application/json'],
    ['GET /laml/stop-stream', 400, XML, 'oops', '400 is no cXML'],
    ['POST /laml/stream-status', 204, '', 'x', '204 has a body'],
  ])('is wrong: %s %d %s %s', (line, status, contentType, body, fault) => {
    expect(publicVerdict({ status, contentType, body }, requestLine(line))).toContain(fault);
  });
});

function requestLine(line: string) {
  const [method = '', target = ''] = line.split(' ');
  return { method, target };
}
