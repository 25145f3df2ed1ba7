import { describe, expect, it } from 'vitest';
import { Description } from '../support/description/description.js';
import { apiVerdict, publicVerdict } from './verdict.js';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const XML = 'application/xml; charset=utf-8';

const Item = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
const Problem = {
  type: 'object',
  required: ['status', 'code'],
  properties: { status: { type: 'number' }, code: { type: 'string' } },
};

const responses = (status: string) => ({
  responses: {
    [status]: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Item' } } } },
  },
});

const api = apiVerdict(
  new Description({
    paths: { '/items/{id}': { get: responses('200') }, '/items': { post: responses('202') } },
    components: { schemas: { Item, Problem } },
  }),
  true,
);

const problem = (status: number, code = 'bad_request'): string => JSON.stringify({ status, code });
const item = (fields: object = {}): string => JSON.stringify({ id: 'x', ...fields });

const answer = (status: number, contentType: string, body: string) => ({
  status,
  headers: new Headers({ 'content-type': contentType }),
  body,
});

describe('an answer of the API to a random request', () => {
  it.each([
    ['POST /items', 202, JSON_TYPE, item()],
    ['GET /items/x?y', 200, JSON_TYPE, item()],
    ['HEAD /items/x', 200, JSON_TYPE, ''],
    ['GET /docs', 200, 'text/html', '<html>'],
    ['POST /items', 400, PROBLEM_TYPE, problem(400)],
    ['HEAD /items', 404, PROBLEM_TYPE, ''],
    ['NONSENSE /items', 501, PROBLEM_TYPE, problem(501, 'not_implemented')],
  ])('is right: %s %d %s %s', (line, status, contentType, body) => {
    expect(api(answer(status, contentType, body), requestLine(line))).toBeNull();
  });

  it.each([
    ['POST /items', 500, PROBLEM_TYPE, problem(500), 'answered 500'],
    ['POST /items', 503, PROBLEM_TYPE, problem(503), 'answered 503'],
    ['POST /items', 200, JSON_TYPE, item(), '200 is not described'],
    ['GET /elsewhere', 200, JSON_TYPE, item(), 'the route is not described'],
    ['POST /items', 202, JSON_TYPE, '', 'is no JSON'],
    ['POST /items', 202, JSON_TYPE, '{}', "required property 'id'"],
    ['POST /items', 400, '', '', '400 is bare'],
    ['POST /items', 400, PROBLEM_TYPE, '', '400 is no JSON'],
    ['POST /items', 400, JSON_TYPE, problem(400), '400 is application/json'],
    ['POST /items', 400, PROBLEM_TYPE, problem(404), '400 is a problem of 404'],
    ['POST /items', 400, PROBLEM_TYPE, problem(400, 'item_taken'), '400 item_taken is not described'],
    [
      'GET /items/x',
      404,
      PROBLEM_TYPE,
      problem(404, 'item_not_found'),
      '404 item_not_found is not described',
    ],
  ])('is wrong: %s %d %s %s', (line, status, contentType, body, fault) => {
    expect(api(answer(status, contentType, body), requestLine(line))).toContain(fault);
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
    expect(publicVerdict(answer(status, contentType, body), requestLine(line))).toBeNull();
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
    expect(publicVerdict(answer(status, contentType, body), requestLine(line))).toContain(fault);
  });
});

function requestLine(line: string) {
  const [method = '', target = ''] = line.split(' ');
  return { method, target };
}
