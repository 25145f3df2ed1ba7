import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ProxyEnvironment, proxiesOf, shownProxies } from '../../src/config/proxy.environment.js';
import { ProviderUnreachableError } from '../../src/signalwire/signalwire.errors.js';
import { clientOf, listening, refusalOf, SID, UPDATE } from './fixtures/project-client.js';

const ANSWER = '{"sid":"a"}';
const SPACE = 'http://space.example.internal';

/** A proxy behind which every host is the same space; shows what it was asked to connect to, by whom. */
async function proxy(status = 200) {
  const tunnels: { host?: string; authorization?: string }[] = [];
  const space = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const interim = 'HTTP/1.1 100 Continue\r\n\r\n';
      const head = `HTTP/1.1 200 OK\r\ncontent-length: ${ANSWER.length}\r\n\r\n`;
      if (data.toString().endsWith('FallbackMethod=POST')) socket.write(interim + head + ANSWER);
    });
  });
  const spacePort = Number(new URL(await listening(space)).port);
  const server = createServer();
  server.on('connect', (request, client) => {
    tunnels.push({ host: request.url, authorization: request.headers['proxy-authorization'] });
    client.write(`HTTP/1.1 ${status} X\r\n\r\n`);
    if (status !== 200) {
      client.end();
      return;
    }
    const target = connect(spacePort, '127.0.0.1');
    for (const socket of [client, target]) socket.on('error', () => undefined);
    client.pipe(target).pipe(client);
  });
  await listening(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    space.close();
  });
  const { port } = server.address() as AddressInfo;
  return { tunnels, url: `http://user:pass%20word@127.0.0.1:${port}`, port };
}

describe('SignalWire', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('is reached through the proxy of %s', async (name) => {
    const { url, tunnels } = await proxy();
    await expect(clientOf({ url: SPACE }, { [name]: url }).updateCall(SID, UPDATE)).resolves.toBe(200);
    const basic = Buffer.from('user:pass word').toString('base64');
    expect(tunnels).toEqual([{ host: 'space.example.internal:80', authorization: `Basic ${basic}` }]);
  });

  it.each([{ NO_PROXY: 'other.example.com,.example.internal' }, { NO_PROXY: '*' }])(
    'is reached directly with %j',
    async (variables) => {
      const { url, tunnels } = await proxy();
      const client = clientOf({ url: 'http://space.example.internal:1' }, { HTTP_PROXY: url, ...variables });
      await refusalOf(client);
      expect(tunnels).toEqual([]);
    },
  );

  it.each(['127.0.0.1', 'localhost', '[::1]'])('is reached directly at %s', async (host) => {
    const { url, tunnels } = await proxy();
    await refusalOf(clientOf({ url: `http://${host}:1` }, { HTTP_PROXY: url, NO_PROXY: 'example.com' }));
    expect(tunnels).toEqual([]);
  });

  it('is unreachable where the proxy refuses, which shows no password', async () => {
    const { url } = await proxy(407);
    const refusal = await refusalOf(clientOf({ url: SPACE }, { HTTP_PROXY: url }));
    expect(refusal).toBeInstanceOf(ProviderUnreachableError);
    expect(refusal.message).toContain('407');
  });
});

describe('the proxies', () => {
  it('are shown without user and password', () => {
    const variables = { HTTPS_PROXY: 'http://user:password@proxy:3128/', NO_PROXY: 'example.com' };
    const environment = readEnvironment(ProxyEnvironment, variables);
    expect(shownProxies(environment)).toEqual({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'example.com' });
  });

  it('are none where none is set', () => {
    expect(shownProxies(readEnvironment(ProxyEnvironment, {}))).toBeNull();
    expect(proxiesOf({})).toMatchObject({ httpProxy: '', httpsProxy: '' });
  });

  it('must be http or https URLs', () => {
    expect(() => readEnvironment(ProxyEnvironment, { HTTPS_PROXY: 'proxy:3128' })).toThrow(
      'HTTPS_PROXY must be',
    );
  });
});
