import { describe, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-request.js';
import { BILLING_KEY, FRAUD_KEY, ownApi, VALID } from './fixtures/own-api.js';

/** What each operation says that it needs. */
function securityOf(operation: string): object[] {
  if (operation.startsWith('get /health/') || operation === 'post /session') return [];
  return operation === 'get /metrics' ? [{}, { metricsToken: [] }] : [{ bearer: [] }];
}

describe('the port of the API', () => {
  const { get, inject, send, url } = ownApi();

  const getWith = async (...authorizations: readonly string[]) => {
    const headers = authorizations.map((value) => `authorization: ${value}\r\n`).join('');
    return rawRequest(
      await url(),
      `GET /cancellations/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${headers}\r\n`,
    );
  };

  const refusals = async (): Promise<number> => {
    const { body } = await get('/metrics');
    return Number(/^streamstop_api_requests_refused_total\{reason="key"\} (\d+)$/m.exec(body)?.[1] ?? 0);
  };

  it.each([
    ['', 'must be Bearer'],
    ['Bearer', 'must be Bearer'],
    [`Bearer ${BILLING_KEY} anything`, 'must be Bearer'],
    [`Bearer ${BILLING_KEY},`, 'no such API key'],
    [`Bearer\t${BILLING_KEY}`, 'must be Bearer'],
    [`Bearer${BILLING_KEY}`, 'must be Bearer'],
    [BILLING_KEY, 'must be Bearer'],
    [`Token ${BILLING_KEY}`, 'must be Bearer'],
    ['Bearer wrong', 'no such API key'],
    [`Bearer ${BILLING_KEY.slice(0, -1)}`, 'no such API key'],
    [`Basic ${Buffer.from(`anyone:${BILLING_KEY}`).toString('base64')}`, 'no such API key'],
  ])('refuses the authorization %j with its reason', async (authorization, reason) => {
    const response = await send(VALID, { authorization });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toContain('Bearer');
    expect(response.json()).toMatchObject({
      status: 401,
      code: 'unauthorized',
      detail: expect.stringContaining(reason) as string,
    });
  });

  it.each([`Bearer ${BILLING_KEY}`, `bearer   ${BILLING_KEY}`, `BEARER ${BILLING_KEY}`])(
    'takes the authorization %j',
    async (authorization) => {
      expect((await get('/cancellations/x', { authorization })).statusCode).toBe(404);
    },
  );

  it('refuses requests with different authorizations, of which one is right', async () => {
    const right = `Bearer ${BILLING_KEY}`;
    for (const others of [
      [right, 'Bearer wrong'],
      ['Bearer wrong', right],
    ])
      expect(await getWith(...others)).toMatchObject({
        status: 401,
        body: expect.stringContaining('Authorization must be sent once, not with different values') as string,
      });
    expect(await getWith(right, right)).toMatchObject({ status: 404 });
  });

  it('counts the requests that it refuses', async () => {
    const before = await refusals();
    for (const guess of ['one', 'two', 'three']) await get('/queue', { authorization: `Bearer ${guess}` });
    expect(await refusals()).toBe(before + 3);
  });

  it('asks for a key on every route but those for probes and scrapes', async () => {
    const statuses = await Promise.all(
      [
        '/queue',
        '/dashboard',
        '/nowhere',
        '/cancellations/x',
        '/health/live',
        '/health/ready',
        '/metrics',
      ].map(async (url) => [url, (await get(url)).statusCode]),
    );
    expect(Object.fromEntries(statuses)).toEqual({
      '/queue': 401,
      '/dashboard': 401,
      '/nowhere': 401,
      '/cancellations/x': 401,
      '/health/live': 200,
      '/health/ready': 200,
      '/metrics': 200,
    });
  });

  it('shows the dashboard to a browser with a key, and lets it change nothing', async () => {
    const headers = { authorization: `Basic ${Buffer.from(`anyone:${FRAUD_KEY}`).toString('base64')}` };
    const page = await get('/dashboard', headers);
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    const queues = await get('/dashboard/api/queues', headers);
    expect(queues.json()).toMatchObject({
      queues: [
        { name: 'cancellations', readOnlyMode: true },
        { name: 'callbacks', readOnlyMode: true },
      ],
    });
    const pause = await inject({
      method: 'PUT',
      url: '/dashboard/api/queues/cancellations/pause',
      headers,
    });
    expect(pause.statusCode).toBe(405);
  });

  describe.each(['/docs', '/dashboard'])('the page %s', (path) => {
    const headers = { authorization: `Basic ${Buffer.from(`anyone:${FRAUD_KEY}`).toString('base64')}` };

    it('is allowed to load nothing from other hosts, and runs no inline script', async () => {
      const page = await get(path, headers);
      const policy = String(page.headers['content-security-policy']);
      expect(policy).toContain("default-src 'self'");
      expect(policy).not.toMatch(/https?:|\*/);
      expect(policy).not.toContain('upgrade-insecure-requests');
      expect(page.body).not.toMatch(/(?:href|src)=["']https?:/);
      const inline = [...page.body.matchAll(/<script(?![^>]* src=)([^>]*)>/g)].map(
        ([, attributes]) => attributes,
      );
      for (const attributes of inline) expect(attributes).toContain('application/json');
    });

    it('finds its scripts', async () => {
      const page = await get(path, headers);
      const base = `http://host${/<base href="([^"]+)"/.exec(page.body)?.[1] ?? path}`;
      const scripts = [...page.body.matchAll(/<script[^>]* src=["']([^"']+)/g)].map(([, src]) => src ?? '');
      expect(scripts.length).toBeGreaterThan(0);
      for (const src of scripts) {
        const { pathname } = new URL(src, base);
        expect([src, (await get(pathname, headers)).statusCode]).toEqual([src, 200]);
      }
    });
  });

  it('sends security headers with every answer', async () => {
    for (const url of ['/health/live', '/queue', '/nowhere', '/cancellations/x']) {
      const { headers } = await get(url);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.any(String) as string,
      });
      expect(headers).not.toHaveProperty('strict-transport-security');
    }
  });

  it('describes what each route does, its success, and whether it needs a key', async () => {
    const { paths } = (await get('/openapi.json')).json<{
      paths: Record<string, Record<string, { summary?: string; security?: object[]; responses: object }>>;
    }>();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
    );
    for (const operation of operations) {
      expect(operation).toMatchObject({
        summary: expect.stringMatching(/./) as string,
        security: securityOf(operation.name),
      });
      expect(Object.keys(operation.responses)).toContainEqual(expect.stringMatching(/^2/));
    }
  });

  it('serves its description without a key', async () => {
    expect((await get('/docs')).headers['content-type']).toContain('text/html');
    const { paths, components } = (await get('/openapi.json')).json<{
      paths: Record<string, Record<string, { responses: object; parameters: object[] }>>;
      components: {
        schemas: Record<string, { properties: { then: { items: { oneOf: { required: string[] }[] } } } }>;
      };
    }>();
    expect(Object.keys(paths['/cancellations']?.['post']?.responses ?? {})).toEqual(
      expect.arrayContaining(['202', '400', '401', '413', '415', '422', '503']),
    );
    expect(paths['/cancellations']?.['post']?.parameters).toMatchObject([
      { in: 'header', name: 'Prefer', required: false },
      { in: 'header', name: 'Idempotency-Key', required: false },
    ]);
    expect(Object.keys(paths['/cancellations/{id}']?.['get']?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '401', '404', '503']),
    );
    const verbs = components.schemas['CreateCancellationDto']?.properties.then.items.oneOf ?? [];
    expect(verbs.flatMap(({ required }) => required)).toEqual([
      'say',
      'play',
      'pause',
      'redirect',
      'dial',
      'enqueue',
      'hangup',
    ]);
  });
});
