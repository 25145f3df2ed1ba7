import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectTimedOutError, ProviderUnreachableError } from '../../src/signalwire/signalwire.errors.js';
import { clientOf, listening, refusalOf, UPDATE } from './fixtures/project-client.js';
import { SELF_SIGNED } from './fixtures/self-signed.js';

/** Accepts connections and says nothing. */
async function silentServer() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
  });
  const { port } = new URL(await listening(server));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { url: `https://127.0.0.1:${port}`, sockets };
}

describe('an update without a connection', () => {
  it('times out with REQUEST_TIMEOUT_MS, and is known not to have been sent', async () => {
    const { url, sockets } = await silentServer();
    const started = performance.now();
    const refusal = await refusalOf(clientOf({ url }, { REQUEST_TIMEOUT_MS: '200' }));
    expect(performance.now() - started).toBeLessThan(1000);
    expect(sockets).toHaveLength(1);
    expect(refusal).toBeInstanceOf(ConnectTimedOutError);
    expect(refusal).toMatchObject({ code: 'timeout', retryable: true, callStateDecides: false });
    expect(refusal.message).toBe('no connection within 200 ms');
  });

  it('frees its place for the next one', async () => {
    const { url, sockets } = await silentServer();
    const client = clientOf({ url }, { REQUEST_TIMEOUT_MS: '200', WORKER_CONCURRENCY: '1' });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await refusalOf(client)).toBeInstanceOf(ConnectTimedOutError);
    }
    await expect.poll(() => sockets.map(({ destroyed }) => destroyed), { timeout: 5000 }).toContain(true);
  });

  it('is not written once its deadline has passed, and the next one uses the connection', async () => {
    const paths: string[] = [];
    const server = createHttpServer((request, response) => {
      paths.push(String(request.url));
      response.end('{"status":"in-progress"}');
    });
    const client = clientOf({ url: await listening(server) });
    onTestFinished(() => {
      server.close();
    });
    const wasAsked: boolean[] = [];
    const mayStart = () => !wasAsked.push(true);
    const outcome = await client.updateCall('late', UPDATE, mayStart).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(ConnectTimedOutError);
    expect((outcome as Error).message).toBe('no connection before the deadline');
    expect(wasAsked).toEqual([true]);
    await client.updateCall('in-time', UPDATE, () => true);
    expect(paths.map((path) => path.split('/').at(-1))).toEqual(['in-time']);
  });

  it('names what is wrong with a certificate', async () => {
    const server = createHttpsServer(SELF_SIGNED);
    const { port } = new URL(await listening(server));
    onTestFinished(() => {
      server.close();
    });
    const refusal = await refusalOf(clientOf({ url: `https://localhost:${port}` }));
    expect(refusal).toBeInstanceOf(ProviderUnreachableError);
    expect(refusal.message).toMatch(/^certificate not accepted: self-signed certificate/);
  });

  it('is known not to have been sent where the connection breaks before TLS is up', async () => {
    const server = createServer((socket) => socket.destroy());
    const { port } = new URL(await listening(server));
    onTestFinished(() => {
      server.close();
    });
    const refusal = await refusalOf(clientOf({ url: `https://127.0.0.1:${port}` }));
    expect(refusal).toBeInstanceOf(ProviderUnreachableError);
    expect(refusal.message).toBe('connection reset');
  });
});
