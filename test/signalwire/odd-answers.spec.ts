import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CallNotInProgressError,
  InvalidAnswerError,
  ProviderFailedError,
  RateLimitedError,
} from '../../src/signalwire/signalwire.errors.js';
import { clientOf, listening, refusalOf, SID, UPDATE } from './fixtures/project-client.js';

/** A space that answers each request with these pieces of bytes, each written once the one before it has arrived. */
async function answering(...pieces: readonly (string | Buffer)[]) {
  const requests: string[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      requests.push(data.toString());
      // The client sends head and body at once, and the body ends with the fallback's method.
      if (data.toString().endsWith('FallbackMethod=POST')) void answer(socket, pieces);
    });
  });
  const url = await listening(server);
  onTestFinished(() => {
    server.close();
  });
  return { url, requests };
}

async function answer(socket: Socket, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise<void>((resolve) => {
      socket.write(piece, () => {
        setImmediate(resolve);
      });
    });
  }
}

const ok = (body = '{"sid":"a"}') => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

describe('an answer after an interim one, which nobody asked for,', () => {
  it.each([
    ['together with it', [CONTINUE + ok()]],
    ['after it', [CONTINUE, ok()]],
    ['after two of them', [CONTINUE, CONTINUE, ok()]],
    ['after one with headers', ['HTTP/1.1 100 Continue\r\ndate: today\r\n\r\n', ok()]],
    [
      'after one in pieces',
      ['HT', 'TP/1.1 10', '0 Continue\r', '\n\r', '\nHTTP/1', ok().slice('HTTP/1'.length)],
    ],
    ['after another interim answer', ['HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n', ok()]],
    ['that looks like one itself', [CONTINUE, ok(JSON.stringify({ sid: CONTINUE }))]],
  ])('is read %s', async (_, pieces) => {
    const { url } = await answering(...pieces);
    const client = clientOf({ url });
    for (let update = 0; update < 3; update += 1) {
      await expect(client.updateCall(SID, UPDATE)).resolves.toBe(200);
    }
  });
});

const REFUSAL = JSON.stringify({ code: 21220, message: 'Call is not in-progress' });

const encoded = (encoding: string, body: Buffer, status = 400) =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status} X\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);

describe('a compressed answer', () => {
  it('is not asked for', async () => {
    const { url, requests } = await answering(ok());
    await clientOf({ url }).updateCall(SID, UPDATE);
    expect(requests.join('').toLowerCase()).toContain('accept-encoding: identity\r\n');
  });

  it.each([
    ['gzip', gzipSync(REFUSAL)],
    ['X-GZIP', gzipSync(REFUSAL)],
    ['deflate', deflateSync(REFUSAL)],
    ['Deflate', deflateRawSync(REFUSAL)],
    ['gzip, gzip', gzipSync(gzipSync(REFUSAL))],
    ['br, identity ,gzip', gzipSync(brotliCompressSync(REFUSAL))],
    ['unknown', Buffer.from(REFUSAL)],
    ['br', brotliCompressSync(REFUSAL)],
    ['identity', Buffer.from(REFUSAL)],
  ])('with %s is understood all the same', async (encoding, body) => {
    const { url } = await answering(encoded(encoding, body));
    expect(await refusalOf(clientOf({ url }))).toBeInstanceOf(CallNotInProgressError);
  });

  it.each([
    ['is not what it says', Buffer.from(REFUSAL)],
    ['unpacks to 64 MB', gzipSync(Buffer.alloc(64_000_000))],
  ])('that %s is an invalid answer', async (_, body) => {
    const { url } = await answering(encoded('gzip', body, 200));
    const refusal = await refusalOf(clientOf({ url }));
    expect(refusal).toBeInstanceOf(InvalidAnswerError);
    expect(refusal).toMatchObject({
      httpStatus: 200,
      message: 'the answer is compressed, and cannot be decoded or is too long',
    });
  });

  it('is not decoded more than five times', async () => {
    const body = Array.from({ length: 6 }).reduce<Buffer>((inner) => gzipSync(inner), Buffer.from(REFUSAL));
    const { url } = await answering(encoded(Array(6).fill('gzip').join(), body));
    const refusal = await refusalOf(clientOf({ url }));
    expect(refusal).toBeInstanceOf(InvalidAnswerError);
    expect(refusal).toMatchObject({ httpStatus: 400 });
  });

  it.each([
    [400, InvalidAnswerError],
    [429, RateLimitedError],
    [503, ProviderFailedError],
  ])('that cannot be decoded still has its HTTP status %i', async (status, error) => {
    const { url } = await answering(encoded('br', Buffer.from(REFUSAL), status));
    const refusal = await refusalOf(clientOf({ url }));
    expect(refusal).toBeInstanceOf(error);
    expect(refusal).toMatchObject({ httpStatus: status });
  });
});
