import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectTimedOutError } from '../../src/signalwire/signalwire.errors.js';
import { clientOf, listening, refusalOf } from './fixtures/project-client.js';

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
});
