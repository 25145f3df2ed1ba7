import { describe, expect, it } from 'vitest';
import { ownApi, VALID } from '../api/fixtures/own-api.js';
import { startTestService } from '../support/service.js';
import { bearer, keyedApi, keyOf } from './fixtures/keyed-api.js';

const ON_CALL = { name: 'on-call', scopes: ['cancel', 'read', 'operate'] };
const READER = { name: 'reader', scopes: ['read'], projects: ['billing'] };

const cookieIn = (setCookie: unknown): string => String(setCookie).replace(/;.*/, '');

describe('a session', () => {
  const { get, inject, rewriteKeys } = keyedApi([ON_CALL, READER]);

  const open = (apiKey: unknown, headers: Record<string, string> = {}) =>
    inject({
      method: 'POST',
      url: '/session',
      headers: { 'content-type': 'application/json', ...headers },
      payload: JSON.stringify({ apiKey }),
    });

  /** The cookie and the CSRF token of a new session. */
  async function login(name: string) {
    const opened = await open(keyOf(name));
    expect(opened.statusCode).toBe(204);
    const cookie = cookieIn(opened.headers['set-cookie']);
    const { csrfToken } = (await get('/session', { cookie })).json<{ csrfToken: string }>();
    return { cookie, csrfToken };
  }

  const pause = (headers: Record<string, string>) =>
    inject({ method: 'POST', url: '/queue/pause', headers, payload: '' });

  it('opens with an API key and says who is logged in', async () => {
    const { cookie } = await login('reader');
    const session = await get('/session', { cookie });
    expect(session.headers['cache-control']).toBe('no-store');
    expect(session.json()).toEqual({
      name: 'reader',
      scopes: ['read'],
      projects: ['billing'],
      csrfToken: expect.stringMatching(/^[\w-]{43}$/) as string,
      environmentName: null,
      keysRequired: true,
    });
    expect(cookie).not.toContain(keyOf('reader'));
  });

  it('may do what its key may do, and no more', async () => {
    const { cookie } = await login('reader');
    expect((await get('/cancellations', { cookie })).statusCode).toBe(200);
    const refused = await get('/setup', { cookie });
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([403, 'forbidden_scope']);
  });

  it('shows the dashboard, too', async () => {
    const { cookie } = await login('on-call');
    expect((await get('/dashboard', { cookie })).statusCode).toBe(200);
  });

  it('changes nothing without its CSRF token', async () => {
    const [{ cookie, csrfToken }, other] = [await login('on-call'), await login('reader')];
    for (const headers of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': other.csrfToken }]) {
      const refused = await pause({ cookie, ...headers } as Record<string, string>);
      expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([
        403,
        'csrf_token_missing',
      ]);
    }
    const created = {
      method: 'POST',
      url: '/cancellations',
      payload: { ...VALID, project: 'billing' },
    } as const;
    expect((await inject({ ...created, headers: { cookie } })).statusCode).toBe(403);
    expect((await inject({ ...created, headers: { cookie, 'x-csrf-token': csrfToken } })).statusCode).toBe(
      202,
    );
    expect((await pause({ cookie, 'x-csrf-token': csrfToken })).statusCode).toBe(200);
  });

  it('is not looked at where a key is sent', async () => {
    const { cookie } = await login('on-call');
    expect((await pause({ cookie, ...bearer('on-call') })).statusCode).toBe(200);
    expect((await get('/queue', { cookie, ...bearer('nobody') })).statusCode).toBe(401);
    expect((await get('/setup', { cookie, ...bearer('reader') })).statusCode).toBe(403);
  });

  it('ends at once when its key is removed', async () => {
    const { cookie } = await login('on-call');
    await rewriteKeys(READER);
    const refused = await get('/session', { cookie });
    expect(refused.statusCode).toBe(401);
    expect(refused.json()).toMatchObject({ detail: 'the session has ended: log in again' });
    await rewriteKeys(ON_CALL, READER);
    expect((await get('/session', { cookie })).statusCode).toBe(200);
  });

  it('is forgotten by the browser that logs out', async () => {
    const { cookie, csrfToken } = await login('on-call');
    const headers = { cookie, 'x-csrf-token': csrfToken };
    expect((await inject({ method: 'DELETE', url: '/session', headers: { cookie } })).statusCode).toBe(403);
    const closed = await inject({ method: 'DELETE', url: '/session', headers });
    expect([closed.statusCode, closed.headers['set-cookie']]).toEqual([
      204,
      'streamstop_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
    ]);
  });

  it.each([
    ['a browser says that it uses https', { origin: 'https://ops.example.com' }, true],
    ['a proxy says so', { 'x-forwarded-proto': 'https' }, true],
    ['nobody says so', { origin: 'http://localhost:3000' }, false],
  ])('has a cookie for https alone if %s', async (_, headers, isSecure) => {
    const { headers: answer } = await open(keyOf('on-call'), headers);
    expect(String(answer['set-cookie']).endsWith('; Secure')).toBe(isSecure);
  });

  it.each([[undefined], [''], [17], ['x'.repeat(1001)]])('is not opened with %j', async (apiKey) => {
    expect((await open(apiKey)).statusCode).toBe(400);
  });
});

describe('wrong API keys at the login', () => {
  const { get, inject } = keyedApi([ON_CALL]);

  const guess = (apiKey: string) =>
    inject({
      method: 'POST',
      url: '/session',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify({ apiKey }),
    });

  it('are counted like those of other requests, and refused after 30 a minute', async () => {
    const refused = await guess('wrong-horse-battery-staple');
    expect([refused.statusCode, refused.headers['set-cookie']]).toEqual([401, undefined]);
    expect(refused.body).not.toContain('horse');
    expect((await get('/metrics')).body).toMatch(/_refused_total\{reason="key"\} 1$/m);
    for (let guesses = 1; guesses < 30; guesses += 1)
      expect((await guess('wrong-horse-battery-staple')).statusCode).toBe(401);
    const limited = await guess('wrong-horse-battery-staple');
    expect([limited.statusCode, limited.json<{ code: string }>().code]).toEqual([429, 'too_many_guesses']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    expect((await get('/queue', bearer('on-call'))).statusCode).toBe(200);
  });

  it('lock nobody out who has a valid one, although a proxy may make all of them one source', async () => {
    for (let guesses = 0; guesses <= 30; guesses += 1) await guess('wrong-horse-battery-staple');
    expect((await guess('wrong-horse-battery-staple')).statusCode).toBe(429);
    expect((await guess(keyOf('on-call'))).statusCode).toBe(204);
  });
});

describe('a service with a name', () => {
  const { get } = ownApi(async () => ({ ENVIRONMENT_NAME: 'staging' }));

  it('says it to those who may use it', async () => {
    const authorization = 'Bearer correct-horse-battery-staple';
    expect((await get('/session', { authorization })).json()).toMatchObject({
      name: 'billing',
      csrfToken: null,
      environmentName: 'staging',
    });
    expect((await get('/session')).statusCode).toBe(401);
  });
});

describe('a service without API keys', () => {
  it('needs no login, and has none', async () => {
    const service = await startTestService({ ROLES: 'api' });
    try {
      expect(await (await service.api.request('/session')).json()).toEqual({
        name: null,
        scopes: ['cancel', 'read', 'operate'],
        projects: null,
        csrfToken: null,
        environmentName: null,
        keysRequired: false,
      });
      const headers = { 'content-type': 'application/json' };
      const login = { method: 'POST', headers, body: JSON.stringify({ apiKey: 'anything' }) };
      expect((await service.api.request('/session', login)).status).toBe(404);
    } finally {
      await service.close();
    }
  });
});
