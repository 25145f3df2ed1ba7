import { describe, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-request.js';
import { BILLING_KEY, ownApi } from './fixtures/own-api.js';

const KEY = `authorization: Bearer ${BILLING_KEY}\r\n`;
const END = 'connection: close\r\n\r\n';

describe('a request that no route gets', () => {
  const { inject, url } = ownApi();

  it.each([
    ['no host', 400, 'bad_request', `GET /queue HTTP/1.1\r\n${KEY}${END}`],
    ['two hosts', 400, 'bad_request', `GET /queue HTTP/1.1\r\nhost: a\r\nhost: b\r\n${KEY}${END}`],
    [
      'a compressed transfer',
      501,
      'not_implemented',
      `POST /cancellations HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${KEY}` +
        `transfer-encoding: gzip, chunked\r\n${END}0\r\n\r\n`,
    ],
    ['an empty host', 400, 'bad_request', `GET /queue HTTP/1.1\r\nhost:\r\n${KEY}${END}`],
    ...['/', '/docs', '/docs/', '/openapi.json', '/dashboard', '/console/page/main.js'].map(
      (page): [string, number, string, string] => [
        `no host for the page ${page}`,
        400,
        'bad_request',
        `GET ${page} HTTP/1.1\r\nhost:\r\n${KEY}${END}`,
      ],
    ),
    ['a header without a name', 400, 'bad_request', `GET / HTTP/1.1\r\nhost: a\r\n: b\r\n${KEY}${END}`],
    ['an unknown method', 501, 'not_implemented', `FOO / HTTP/1.1\r\nhost: a\r\n${KEY}${END}`],
    ['no HTTP', 400, 'bad_request', '\u0016\u0003\u0001\r\n\r\n'],
    [
      'two lengths',
      400,
      'bad_request',
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n${END}`,
    ],
    [
      'a head of 20 kB',
      431,
      'request_header_fields_too_large',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n${END}`,
    ],
    ['CONNECT', 405, 'method_not_allowed', `CONNECT a:1 HTTP/1.1\r\nhost: a\r\n${END}`],
    [
      'an unknown expectation',
      404,
      'not_found',
      `GET /no HTTP/1.1\r\nhost: a\r\nexpect: more\r\n${KEY}${END}`,
    ],
    ['HTTP/2', 505, 'http_version_not_supported', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('because it has %s, gets the problem %i %s', async (_, status, code, request) => {
    const response = await rawRequest(await url(), request);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(response.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect(JSON.parse(response.body)).toMatchObject({ status, code });
  });

  const request = async (method: 'GET' | 'PUT' | 'DELETE' | 'OPTIONS' | 'POST', path: string) =>
    inject({ method, url: path, headers: { authorization: `Bearer ${BILLING_KEY}` } });

  it.each([
    ['PUT', '/cancellations', 'GET, HEAD, POST'],
    ['OPTIONS', '/cancellations?a=b', 'GET, HEAD, POST'],
    ['PUT', '/cancellations/batch/', 'DELETE, GET, HEAD, POST'],
    ['POST', '/cancellations/x', 'DELETE, GET, HEAD'],
    ['POST', '/queue', 'GET, HEAD'],
    ['POST', '/health/live', 'GET, HEAD'],
  ] as const)('because of its method gets 405 with Allow: %s %s', async (method, path, allow) => {
    const response = await request(method, path);
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe(allow);
    expect(response.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it('is not one whose path ends with a slash', async () => {
    const paths = ['/queue/', '/health/live/', '/metrics/', '/openapi.json/', '/docs/', '/dashboard/'];
    const basic = `Basic ${Buffer.from(`anyone:${BILLING_KEY}`).toString('base64')}`;
    for (const path of paths) {
      const authorization = path === '/dashboard/' ? basic : `Bearer ${BILLING_KEY}`;
      expect([path, (await inject({ url: path, headers: { authorization } })).statusCode]).toEqual([
        path,
        200,
      ]);
    }
    expect((await inject({ url: '/metrics/' })).statusCode).toBe(200);
    expect((await request('GET', '/nowhere/')).statusCode).toBe(404);
  });
});
