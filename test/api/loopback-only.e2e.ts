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

it('without API keys, a request of this machine is served', async () => {
  const origin = new URL(service.api.url).origin;
  expect((await service.api.request('/queue', { headers: { origin } })).status).toBe(200);
});
