import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-request.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ ROLES: 'api' });
});
afterAll(() => service.close());

it.each([
  ['another host', 'host: rebound.example.com\r\n'],
  ['another origin', 'host: localhost\r\norigin: https://example.com\r\n'],
])('without API keys, a request with %s is refused', async (_, headers) => {
  for (const path of ['/queue', '/docs', '/nowhere', '/metrics']) {
    const refused = await rawRequest(
      service.api.url,
      `GET ${path} HTTP/1.1\r\n${headers}connection: close\r\n\r\n`,
    );
    expect([path, refused.status]).toEqual([path, 403]);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'forbidden', instance: path });
  }
});

it('without API keys, both loopback addresses are served, and no longer once it stops', async () => {
  const own = await startTestService({ ROLES: 'api' });
  const { port } = new URL(own.api.url);
  const hosts = Object.values(networkInterfaces()).some((on) => on?.some(({ address }) => address === '::1'))
    ? ['127.0.0.1', '[::1]']
    : ['127.0.0.1'];
  for (const host of hosts) expect((await fetch(`http://${host}:${port}/queue`)).status).toBe(200);
  await own.close();
  for (const host of hosts)
    await expect(fetch(`http://${host}:${port}/queue`)).rejects.toThrow('fetch failed');
});

it('without API keys, a request of this machine is served', async () => {
  const origin = new URL(service.api.url).origin;
  expect((await service.api.request('/queue', { headers: { origin } })).status).toBe(200);
});
