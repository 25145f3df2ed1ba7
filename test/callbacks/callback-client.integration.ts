import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallbackClient } from '../../src/callbacks/callback-client.js';
import { PrivateAddressError } from '../../src/callbacks/public-connector.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { testVariables } from '../support/service.js';
import { startReceiver } from './fixtures/receiver.js';
import type { Receiver } from './fixtures/receiver.js';

const NOWHERE = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };

describe('the client of receivers', () => {
  let receiver: Receiver;
  const clients: CallbackClient[] = [];
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.onApplicationShutdown()));
    await receiver.close();
  });

  async function clientWith(overrides: Record<string, string>): Promise<CallbackClient> {
    const variables = { ...(await testVariables(NOWHERE)), ...overrides };
    const client = new CallbackClient(readEnvironment(ServiceEnvironment, variables));
    clients.push(client);
    return client;
  }

  it.each(['localhost', '127.0.0.1', '[::ffff:127.0.0.1]', '[::1]'])(
    'makes no connection to %s, whose address is not public',
    async (host) => {
      const client = await clientWith({});
      await expect(client.post(`http://${host}:${receiver.port}/`, {}, '{}')).rejects.toThrow(
        PrivateAddressError,
      );
      expect(receiver.received).toEqual([]);
    },
  );

  it('reaches it all the same with ALLOW_PRIVATE_CALLBACKS', async () => {
    const client = await clientWith({ ALLOW_PRIVATE_CALLBACKS: 'true' });
    expect(await client.post(`http://localhost:${receiver.port}/`, {}, '{}')).toEqual({
      httpStatus: 204,
      retryAfterMs: null,
    });
  });

  it('goes through the proxy, which may have a private address', async () => {
    const asked: string[] = [];
    const proxy = createServer((socket) => {
      socket.once('data', (data) => {
        asked.push(String(data).split('\r\n')[0] ?? '');
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const client = await clientWith({
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    });
    await expect(client.post('https://app.example.com/stopped', {}, '{}')).rejects.toThrow(
      'Proxy response (403)',
    );
    expect(asked).toEqual(['CONNECT app.example.com:443 HTTP/1.1']);
    proxy.close();
  });

  it('does not wait for the body of an answer', async () => {
    const endless = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{');
    }).listen(0, '127.0.0.1');
    await once(endless, 'listening');
    const client = await clientWith({ ALLOW_PRIVATE_CALLBACKS: 'true' });
    const { port } = endless.address() as AddressInfo;
    expect(await client.post(`http://127.0.0.1:${port}/`, {}, '{}')).toMatchObject({ httpStatus: 200 });
    endless.close();
  });
});
