import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { reasonOf } from '../../../src/platform/http/node-refusals.js';
import type { ClientError } from '../../../src/platform/http/node-refusals.js';

/** Why Node's parser refuses these bytes. */
async function reasonFor(sent: string) {
  const server = createServer((_, response) => response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined).write(sent, 'latin1');
  const [error, socket] = (await once(server, 'clientError')) as [ClientError, { destroy(): void }];
  socket.destroy();
  return reasonOf(error);
}

const post = (head: string) => `POST / HTTP/1.1\r\nhost: a\r\n${head}\r\n\r\n0\r\n\r\n`;
const get = (head: string) => `GET / HTTP/1.1\r\nhost: a\r\n${head}\r\n\r\n`;

describe('the reason why Node refuses a request', () => {
  it.each<[string, string, number, RegExp]>([
    ['two lengths', post('content-length: 1\r\ncontent-length: 2'), 400, /malformed: .*Content-Length/],
    ['a length that is none', post('content-length: x'), 400, /malformed: .*Content-Length/],
    [
      'chunks and a length',
      post('transfer-encoding: chunked\r\ncontent-length: 5'),
      400,
      /malformed: .*Content-Length/,
    ],
    [
      'a length and chunks',
      post('content-length: 5\r\ntransfer-encoding: chunked'),
      400,
      /malformed: .*Content-Length/,
    ],
    ['a compressed transfer', post('transfer-encoding: chunked, gzip'), 501, /is chunked$/],
    ['an illegal name of a header', get('x\u0001: a'), 400, /malformed: .*[Hh]eader/],
    ['an illegal value of a header', get('x: a\u0001'), 400, /malformed: .*[Hh]eader/],
    ['an unknown method', 'FOO / HTTP/1.1\r\nhost: a\r\n\r\n', 501, /^the method is unknown$/],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, /HTTP\/1\.1/],
    ['an unknown version', 'GET / HTTP/9.9\r\nhost: a\r\n\r\n', 400, /malformed: .*version/],
    ['another protocol', 'GET / HTCPCP/1.0\r\nhost: a\r\n\r\n', 400, /^the request is not HTTP$/],
    ['TLS', '\u0016\u0003\u0001\r\n\r\n', 400, /^the request is not HTTP$/],
    ['nonsense', 'nonsense\r\n\r\n', 400, /^the request is not HTTP$/],
    ['a long head', get(`x: ${'x'.repeat(20_000)}`), 431, /too long$/],
  ])('is said: %s', async (_, sent, status, detail) => {
    const reason = await reasonFor(sent);
    expect(reason.status).toBe(status);
    expect(reason.detail).toMatch(detail);
  });

  it('is said of a request that is late, and of one that breaks off', () => {
    expect(reasonOf({ code: 'ERR_HTTP_REQUEST_TIMEOUT' })).toMatchObject({ status: 408 });
    expect(reasonOf({ code: 'HPE_INVALID_EOF_STATE' })).toMatchObject({ detail: 'the request breaks off' });
    expect(reasonOf({ code: 'HPE_UNKNOWN' })).toMatchObject({ detail: 'the request is not HTTP' });
  });
});
