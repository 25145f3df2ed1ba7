import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { configureApi } from '../../src/configure.js';
import { httpAdapter } from '../../src/platform/http/http-adapter.js';
import { ApiModule } from '../../src/api/api.module.js';
import { SharedClock } from '../../src/platform/redis/shared-clock.js';
import { ProcessModule, sharedByRoles } from '../../src/process.module.js';
import { testVariables } from '../support/service.js';

const KEYS = 'billing:correct-horse,fraud:battery-staple';
const VALID = { callSid: '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11', streamName: 'stream' };

/** The API alone, without a worker, so that what it accepts stays queued. */
describe('the API', () => {
  let app: NestFastifyApplication;
  let clockIsAheadByMs = 0;

  beforeAll(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const variables = { ...(await testVariables(nowhere)), API_KEYS: KEYS };
    const environment = readEnvironment(ServiceEnvironment, variables);
    const clock = Object.assign(new SharedClock(), { now: () => Date.now() + clockIsAheadByMs });
    const shared = { ...(await sharedByRoles(environment)), clock };
    const module = await Test.createTestingModule({
      imports: [ProcessModule.running(ApiModule, shared)],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter('api', shared.metrics), {
      logger: false,
      bodyParser: false,
    });
    configureApi(app, environment.API_KEYS);
    await app.init();
  });
  afterAll(() => app.close());

  const send = (
    payload: string | object,
    headers: Record<string, string> = { authorization: 'Bearer correct-horse' },
  ) =>
    app.inject({
      method: 'POST',
      url: '/cancellations',
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });

  const keyed = (key: string, body: object, bearer = 'correct-horse') =>
    send(body, { authorization: `Bearer ${bearer}`, 'idempotency-key': key });

  it('accepts the smallest body with 202, a Location and the cancellation', async () => {
    const response = await send(VALID);

    expect(response.statusCode).toBe(202);
    const cancellation = response.json<{ id: string; createdAt: string; deadline: string }>();
    expect(response.headers.location).toBe(`/cancellations/${cancellation.id}`);
    expect(cancellation).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
      project: 'default',
      ...VALID,
      streamSid: null,
      strategy: 'auto',
      status: 'queued',
      evidence: 'none',
      attempts: [],
      createdAt: cancellation.createdAt,
      deadline: new Date(Date.parse(cancellation.createdAt) + 60_000).toISOString(),
      acceptedAt: null,
      documentFetchedAt: null,
      saidStoppedAt: null,
      streamStoppedAt: null,
      finishedAt: null,
      nextAttemptAt: null,
      failure: null,
      warnings: [{ code: 'call_ends', message: expect.stringContaining('ends the call') as string }],
    });

    const read = await app.inject({
      url: `/cancellations/${cancellation.id}`,
      headers: { authorization: 'Bearer battery-staple' },
    });
    expect(read.json()).toEqual(cancellation);
  });

  it('answers with the unfinished cancellation if the same stream is asked for again', async () => {
    const request = { ...VALID, callSid: 'asked-twice' };
    const first = (await send(request)).json<{ id: string }>();
    const second = await send({ ...request, then: [{ hangup: true }] });
    expect(second.statusCode).toBe(202);
    expect(second.headers.location).toBe(`/cancellations/${first.id}`);
    expect(second.json()).toEqual({ ...first, duplicate: true });
  });

  describe('with an Idempotency-Key', () => {
    it('gives the same cancellation for the same body, in any order of its fields', async () => {
      const request = { ...VALID, callSid: 'keyed' };
      const first = await keyed('one key', { ...request, then: [{ say: 'x', voice: 'man' }] });
      expect(first.headers).not.toHaveProperty('idempotent-replayed');
      const again = await keyed('"one key"', {
        then: [{ voice: 'man', say: 'x' }],
        project: null,
        streamName: request.streamName,
        callSid: request.callSid,
      });
      expect(again.statusCode).toBe(202);
      expect(again.headers).toMatchObject({
        location: first.headers.location,
        'idempotent-replayed': 'true',
      });
      expect(again.json()).toEqual(first.json());
    });

    it('refuses another body', async () => {
      await keyed('reused', { ...VALID, callSid: 'reused' });
      const response = await keyed('reused', { ...VALID, callSid: 'reused', deadlineMs: 1000 });
      expect(response.statusCode).toBe(422);
      expect(response.headers['content-type']).toContain('application/problem+json');
      expect(response.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    });

    it('keeps clients apart by their API keys', async () => {
      const one = await keyed('shared', { ...VALID, callSid: 'of-billing' });
      const other = await keyed('shared', { ...VALID, callSid: 'of-fraud' }, 'battery-staple');
      expect([one.statusCode, other.statusCode]).toEqual([202, 202]);
      expect(other.headers).not.toHaveProperty('idempotent-replayed');
      expect(other.json<{ id: string }>().id).not.toBe(one.json<{ id: string }>().id);
    });

    it.each(['', '""', '"open', 'a\tb', 'x'.repeat(256)])('refuses the key %j', async (key) => {
      const response = await keyed(key, VALID);
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({
        code: 'invalid_idempotency_key',
        detail: expect.stringContaining('1 to 255 printable ASCII') as string,
      });
    });
  });

  it('counts the deadline from acceptance', async () => {
    const { createdAt, deadline } = (await send({ ...VALID, callSid: 'hurried', deadlineMs: 1500 })).json<
      Record<string, string>
    >();
    expect(Date.parse(String(deadline)) - Date.parse(String(createdAt))).toBe(1500);
  });

  it('takes the time of acceptance from the clock that all processes share', async () => {
    clockIsAheadByMs = 3_600_000;
    const { createdAt } = (await send({ ...VALID, callSid: 'ahead' })).json<{ createdAt: string }>();
    clockIsAheadByMs = 0;
    expect(Date.parse(createdAt)).toBeGreaterThan(Date.now() + 3_500_000);
  });

  it.each([
    [{ streamName: 'stream' }, 'callSid', 'letters, digits'],
    [{ callSid: 'call' }, 'streamName', 'streamSid or streamNames in its place'],
    [{ ...VALID, callSid: '../Accounts' }, 'callSid', 'letters, digits'],
    [{ ...VALID, streamName: 7 }, 'streamName', 'a string'],
    [{ ...VALID, streamName: 'a\u0000b' }, 'streamName', 'U+0000 at position 1'],
    [{ ...VALID, streamName: 'a\uD800' }, 'streamName', 'U+D800'],
    [{ ...VALID, streamNam: 'typo' }, 'streamNam', 'not a known field'],
    [{ ...VALID, deadlineMs: '1000' }, 'deadlineMs', 'from 1000 to 86400000'],
    [{ ...VALID, project: 'other' }, 'project', 'default'],
    [{ ...VALID, then: [{ say: 'x', redirect: 'https://e.com' }] }, 'then[0]', 'exactly one of'],
    [{ ...VALID, then: [{ redirect: 'ftp://e.com' }] }, 'then[0].redirect', 'http or https'],
    [{ ...VALID, then: [{ hangup: true }, { say: 'x' }] }, 'then', 'no verb after'],
    [{ ...VALID, then: 'hangup' }, 'then', 'a list of verbs'],
  ])('refuses %j, naming %s', async (body, field, right) => {
    const response = await send(body);
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toContain('application/problem+json');
    const problem = response.json<{ errors: { field: string; message: string }[] }>();
    expect(problem).toMatchObject({ status: 400, code: 'invalid_body', instance: '/cancellations' });
    expect(problem.errors.map((error) => error.field)).toEqual([field]);
    expect(problem.errors[0]?.message).toContain(right);
  });

  it.each(['[]', '"text"', '1', 'null'])('refuses a body that is %s', async (body) => {
    expect((await send(body)).statusCode).toBe(400);
  });

  it('refuses a body that is not JSON, too long, or of another type, with a problem', async () => {
    const answers = await Promise.all([
      send('{"callSid"'),
      send(''),
      send({ ...VALID, streamName: 'x'.repeat(70_000) }),
      send('callSid=x', {
        authorization: 'Bearer correct-horse',
        'content-type': 'application/x-www-form-urlencoded',
      }),
      send('hello', { authorization: 'Bearer correct-horse', 'content-type': 'text/plain' }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 413, 415, 415]);
    for (const answer of answers) {
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({
        type: expect.stringContaining('urn:') as string,
        title: expect.any(String) as string,
        detail: expect.any(String) as string,
        code: expect.any(String) as string,
      });
    }
    expect(answers[2]?.json()).toMatchObject({
      code: 'body_too_large',
      detail: expect.stringContaining('65536') as string,
    });
  });

  it.each(['', 'Bearer', 'Bearer wrong', 'Bearer correct-hors', 'Basic Y29ycmVjdC1ob3JzZQ=='])(
    'refuses the authorization %j',
    async (authorization) => {
      const response = await send(VALID, { authorization });
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toContain('Bearer');
      expect(response.json()).toMatchObject({ status: 401, code: 'unauthorized' });
    },
  );

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
      ].map(async (url) => [url, (await app.inject({ url })).statusCode]),
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
    const headers = { authorization: `Basic ${Buffer.from('anyone:battery-staple').toString('base64')}` };
    const page = await app.inject({ url: '/dashboard', headers });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    const queues = await app.inject({ url: '/dashboard/api/queues', headers });
    expect(queues.json()).toMatchObject({ queues: [{ name: 'cancellations', readOnlyMode: true }] });
    const pause = await app.inject({
      method: 'PUT',
      url: '/dashboard/api/queues/cancellations/pause',
      headers,
    });
    expect(pause.statusCode).toBe(405);
  });

  it('serves its description without a key', async () => {
    expect((await app.inject({ url: '/docs' })).headers['content-type']).toContain('text/html');
    const { paths, components } = (await app.inject({ url: '/openapi.json' })).json<{
      paths: Record<string, Record<string, { responses: object; parameters: object[] }>>;
      components: {
        schemas: Record<string, { properties: { then: { items: { oneOf: { required: string[] }[] } } } }>;
      };
    }>();
    expect(Object.keys(paths['/cancellations']?.['post']?.responses ?? {})).toEqual(
      expect.arrayContaining(['202', '400', '401', '413', '415', '422', '503']),
    );
    expect(paths['/cancellations']?.['post']?.parameters).toMatchObject([
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
