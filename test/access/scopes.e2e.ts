import { describe, expect, it } from 'vitest';
import { FRAUD_KEY, VALID } from '../api/fixtures/own-api.js';
import { bearer, keyedApi } from './fixtures/keyed-api.js';

const CANCELLATION = '/cancellations/0190c2f0-7b1e-7627-9763-1d142e9a6e96';

describe('a route', () => {
  const { get, inject, send } = keyedApi([
    { name: 'cancel-only', scopes: ['cancel'] },
    { name: 'read-only', scopes: ['read'] },
    { name: 'operate-only', scopes: ['operate'] },
    { name: 'operate-billing', scopes: ['operate'], projects: ['billing'] },
  ]);

  const ROUTES = [
    { method: 'POST', url: '/cancellations', scope: 'cancel', otherwise: 400 },
    { method: 'POST', url: '/cancellations/batch', scope: 'cancel', otherwise: 400 },
    { method: 'GET', url: CANCELLATION, scope: 'read', otherwise: 404 },
    { method: 'HEAD', url: CANCELLATION, scope: 'read', otherwise: 404 },
    { method: 'POST', url: '/queue/resume', scope: 'operate', otherwise: 200 },
    { method: 'GET', url: '/dashboard', scope: 'operate', otherwise: 200 },
    { method: 'GET', url: '/dashboard/api/queues', scope: 'operate', otherwise: 200 },
  ] as const;

  const ask = ({ method, url }: (typeof ROUTES)[number], name: string) =>
    inject({
      method,
      url,
      headers: { ...bearer(name), ...(method === 'POST' && { 'content-type': 'application/json' }) },
      ...(method === 'POST' && { payload: '{}' }),
    });

  it.each(ROUTES)('takes only the scope $scope: $method $url', async (route) => {
    for (const scope of ['cancel', 'read', 'operate']) {
      const { statusCode } = await ask(route, `${scope}-only`);
      expect([scope, statusCode]).toEqual([scope, scope === route.scope ? route.otherwise : 403]);
    }
  });

  it('that shows the queue takes the scope read or operate', async () => {
    const answers = ['read-only', 'operate-only', 'operate-billing', 'cancel-only'].map((name) =>
      get('/queue', bearer(name)),
    );
    const [read, operate, billing, cancel] = await Promise.all(answers);
    expect([read, operate, billing].map((answer) => answer?.statusCode)).toEqual([200, 200, 200]);
    expect(cancel?.json()).toMatchObject({
      code: 'forbidden_scope',
      detail: 'this route needs an API key with the scope read or operate',
    });
  });

  it('names the scope that is missing, and never the key', async () => {
    const response = await send(VALID, bearer('read-only'));
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.headers['www-authenticate']).toBe(
      'Bearer realm="streamstop", error="insufficient_scope", scope="cancel"',
    );
    expect(response.json()).toEqual({
      type: '/problems/forbidden_scope',
      title: 'The API key may not do this',
      status: 403,
      code: 'forbidden_scope',
      detail: 'this route needs an API key with the scope cancel',
      instance: '/cancellations',
    });
  });

  it('counts the requests that lack its scope', async () => {
    const count = async () =>
      Number(
        /^streamstop_api_requests_refused_total\{reason="scope"\} (\d+)$/m.exec(
          (await get('/metrics')).body,
        )?.[1] ?? 0,
      );
    const before = await count();
    await get('/dashboard', bearer('read-only'));
    expect(await count()).toBe(before + 1);
  });

  it('that does not exist needs a key, and no scope', async () => {
    for (const name of ['cancel-only', 'read-only', 'operate-billing']) {
      expect((await get('/nowhere', bearer(name))).statusCode).toBe(404);
      expect((await inject({ method: 'PUT', url: '/queue', headers: bearer(name) })).statusCode).toBe(405);
    }
    expect((await get('/nowhere')).statusCode).toBe(401);
  });

  it('that shows all projects at once needs a key for all projects', async () => {
    const response = await get('/dashboard', bearer('operate-billing'));
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({
      code: 'forbidden_scope',
      detail: expect.stringContaining('not limited to some') as string,
    });
  });

  const projectsFor = async (name: string) =>
    (await get('/queue', bearer(name)))
      .json<{ projects: { project: string }[] }>()
      .projects.map(({ project }) => project);

  it('shows an operator the state of its own projects alone', async () => {
    expect(await projectsFor('operate-only')).toEqual(['billing', 'fraud']);
    expect(await projectsFor('operate-billing')).toEqual(['billing']);
  });

  it('takes every scope from a key of API_KEYS', async () => {
    const authorization = `Bearer ${FRAUD_KEY}`;
    expect((await send({ ...VALID, project: 'fraud' }, { authorization })).statusCode).toBe(202);
    expect((await get(CANCELLATION, { authorization })).statusCode).toBe(404);
    expect((await get('/queue', { authorization })).statusCode).toBe(200);
  });
});

const unknown = (project: string): string => `project must be the name of a configured project: ${project}`;

describe('a key that is limited to projects', () => {
  const ALL = { name: 'all', scopes: ['cancel', 'read'] };
  const SALES = { name: 'sales', scopes: ['cancel', 'read'], projects: ['billing'] };
  const { get, inject, send, rewriteKeys } = keyedApi([ALL, SALES]);

  it('may name them alone, and is told of no other', async () => {
    const refused = await send({ ...VALID, project: 'fraud' }, bearer('sales'));
    const nowhere = await send({ ...VALID, project: 'nowhere' }, bearer('sales'));
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toEqual(nowhere.json());
    expect(refused.json()).toMatchObject({
      code: 'invalid_body',
      errors: [{ field: 'project', message: unknown('billing') }],
    });
  });

  it('may leave out the name of its only project', async () => {
    expect((await send(VALID, bearer('all'))).statusCode).toBe(400);
    const response = await send(VALID, bearer('sales'));
    expect(response.statusCode).toBe(202);
    expect(response.json()).toMatchObject({ project: 'billing', requestedBy: 'sales' });
  });

  it('finds no cancellation of another project', async () => {
    const ids = await Promise.all(
      ['billing', 'fraud'].map(
        async (project) =>
          (await send({ ...VALID, callSid: 'read', project }, bearer('all'))).json<{ id: string }>().id,
      ),
    );
    const [own, other] = ids.map((id) => `/cancellations/${id}`);
    expect((await get(String(own), bearer('sales'))).statusCode).toBe(200);
    expect((await get(String(other), bearer('all'))).statusCode).toBe(200);
    const hidden = await get(String(other), bearer('sales'));
    const absent = await get(CANCELLATION, bearer('sales'));
    expect(hidden.statusCode).toBe(404);
    expect(hidden.body.replaceAll(String(ids[1]), '')).toBe(
      absent.body.replaceAll(CANCELLATION.slice('/cancellations/'.length), ''),
    );
  });

  it('does not meet the unfinished cancellation of the same stream in another project', async () => {
    const stream = { callSid: 'same', streamName: 'stream' };
    const other = (await send({ ...stream, project: 'fraud' }, bearer('all'))).json<{ id: string }>();
    const own = (await send(stream, bearer('sales'))).json<{ id: string; duplicate?: boolean }>();
    expect(own.id).not.toBe(other.id);
    expect(own.duplicate).toBeUndefined();
  });

  it('has Idempotency-Keys of its own', async () => {
    const body = { callSid: 'keyed', streamName: 'stream', project: 'billing' };
    const other = await send(body, { ...bearer('all'), 'idempotency-key': 'shared' });
    await send({ ...body, project: 'fraud' }, { ...bearer('all'), 'idempotency-key': 'of fraud' });
    const own = await send({ ...body, callSid: 'mine' }, { ...bearer('sales'), 'idempotency-key': 'shared' });
    expect([own.statusCode, own.headers['idempotent-replayed']]).toEqual([202, undefined]);
    expect(own.json<{ id: string }>().id).not.toBe(other.json<{ id: string }>().id);
  });

  it('is refused in a batch for the entries of other projects alone', async () => {
    const { statusCode, body } = await inject({
      method: 'POST',
      url: '/cancellations/batch',
      headers: { ...bearer('sales'), 'content-type': 'application/json' },
      payload: JSON.stringify({
        cancellations: ['fraud', 'billing'].map((project) => ({ ...VALID, callSid: 'batch', project })),
      }),
    });
    expect(statusCode).toBe(202);
    expect(JSON.parse(body)).toMatchObject({
      items: [{ code: 'invalid_body', errors: [{ message: unknown('billing') }] }, { project: 'billing' }],
    });
  });

  it.each([
    ['named', { project: 'fraud' }, { ...SALES, projects: ['fraud', 'billing'] }, 400, 'invalid_body'],
    ['its only one', {}, { ...SALES, projects: ['fraud'] }, 404, 'cancellation_not_found'],
  ])(
    'sees nothing by Idempotency-Key of a project that it has lost: %s',
    async (name, of, before, status, code) => {
      await rewriteKeys(ALL, before);
      const body = { callSid: 'lost', streamName: name, ...of };
      const headers = { ...bearer('sales'), 'idempotency-key': `lost, ${name}` };
      const first = await send(body, headers);
      expect(first.json()).toMatchObject({ project: 'fraud' });
      await rewriteKeys(ALL, SALES);
      const again = await send(body, headers);
      expect([again.statusCode, again.json<{ code: string }>().code]).toEqual([status, code]);
      await rewriteKeys(ALL, before);
      expect((await send(body, headers)).json<{ id: string }>().id).toBe(first.json<{ id: string }>().id);
      await rewriteKeys(ALL, SALES);
    },
  );
});
