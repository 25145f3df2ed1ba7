import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { ApiClient, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const BASE_PATH = '/tools/streamstop';

/**
 * A proxy that shows `target` below the base path, and nothing beside it.
 *
 * @param removes whether the base path is removed, as by `proxy_pass http://target/;` of nginx
 */
async function startProxy(target: string, removes: boolean) {
  const server = createServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming;
    if (!url.startsWith(`${BASE_PATH}/`)) {
      outgoing.writeHead(418).end();
      return;
    }
    const path = removes ? url.slice(BASE_PATH.length) : url;
    const forwarded = request(target + path, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ ROLES: 'api', BASE_PATH });
});
afterAll(() => service.close());

describe.each([
  ['keeps', false],
  ['removes', true],
])('behind a proxy that %s the base path', (_, removes) => {
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let client: ApiClient;
  beforeAll(async () => {
    proxy = await startProxy(service.urls.api ?? '', removes);
    client = new ApiClient(proxy.url, undefined, BASE_PATH);
  });
  afterAll(() => void proxy.server.close());

  it('a new cancellation is found at its Location', async () => {
    const created = await new ApiClient(`${proxy.url}${BASE_PATH}`, undefined, BASE_PATH).post({
      callSid: 'call',
      streamName: 'stream',
    });
    const { id } = (await created.json()) as Cancellation;
    const location = created.headers.get('location') ?? '';
    expect([created.status, location]).toEqual([202, `${BASE_PATH}/cancellations/${id}`]);
    expect(await (await client.request(location)).json()).toMatchObject({ id });
  });

  it.each(['/dashboard', '/dashboard/', '/docs', '/docs/'])('the page %s finds its parts', async (path) => {
    const page = await client.request(BASE_PATH + path);
    const body = await page.text();
    const shown = new URL(BASE_PATH + path, proxy.url);
    const base = new URL(/<base href="([^"]+)"/.exec(body)?.[1] ?? shown.href, shown);
    const parts = [...body.matchAll(/<(?:script|link)[^>]* (?:src|href)=["']([^"']+)/g)]
      .map(([, part = '']) => new URL(part, base))
      // The dashboard also asks a font server for its font.
      .filter(({ origin }) => origin === proxy.url)
      .map(({ pathname }) => pathname);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect([part, (await client.request(part)).status]).toEqual([part, 200]);
  });

  it('the API description names the base path', async () => {
    const description = (await (await client.request(`${BASE_PATH}/openapi.json`)).json()) as object;
    expect(description).toMatchObject({ servers: [{ url: BASE_PATH }] });
  });

  it("the dashboard's own requests reach the queue", async () => {
    expect((await client.request(`${BASE_PATH}/dashboard/api/queues`)).status).toBe(200);
  });
});

describe('a service with a base path', () => {
  it('also answers without it, for probes and scrapes that come directly', async () => {
    for (const [path, status] of [
      ['/health/live', 200],
      [`${BASE_PATH}/health/live`, 200],
      ['/queue', 200],
      [`${BASE_PATH}x/queue`, 404],
      [BASE_PATH + BASE_PATH, 404],
    ] as const)
      expect([path, (await service.api.request(path)).status]).toEqual([path, status]);
  });
});
