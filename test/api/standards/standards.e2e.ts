import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { OpenApi } from '../../support/description/open-api.js';
import { rawRequest } from '../../support/raw-request.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const body = () => ({
  callSid: service.simulator.createCall({ streams: [{ name: 'stream' }] }).sid,
  streamName: 'stream',
});

describe('RFC 7240, Prefer', () => {
  it.each([
    ['unknown', 'reticulate-splines, return=minimal; x="a, b", handling=strict'],
    ['malformed', 'wait=soon'],
    ['empty', ''],
    ['no list', '=, ;;,"'],
  ])('section 2: a preference that is %s is ignored without an error', async (_, prefer) => {
    const response = await service.api.post(body(), { prefer });
    expect(response.status).toBe(202);
    expect(response.headers.has('preference-applied')).toBe(false);
  });

  it('section 2: an answer varies with the preference, also where none was sent', async () => {
    const created = await service.api.post(body());
    const { id } = (await created.json()) as Cancellation;
    const read = await service.api.request(`/cancellations/${id}`);
    const missed = await service.api.request(`/cancellations/${randomUUID()}`);
    const refused = await service.api.post({});
    for (const { headers } of [created, read, missed, refused]) expect(headers.get('vary')).toBe('Prefer');
  });

  it('section 3: what was applied is named without its parameters', async () => {
    const response = await service.api.post(body(), { prefer: 'Wait = "20"; because=of-it' });
    expect(response.status).toBe(200);
    expect(response.headers.get('preference-applied')).toBe('wait=20');
  });

  it('section 4.3: what takes longer than the preference gets 202', async () => {
    const one = body();
    service.simulator.setFaults(one.callSid, [{ latencyMs: 5000 }]);
    const response = await service.api.post(one, { prefer: 'wait=0' });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('wait=0');
  });
});

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
}

/** https://www.rfc-editor.org/rfc/rfc3986#section-4.1 */
const URI_REFERENCE = /^(?:[\w!#$&'()*+,\-./:;=?@~]|%[\da-f]{2})*$/i;
/** https://www.rfc-editor.org/rfc/rfc9457#section-3.2 */
const EXTENSION_NAME = /^[a-z]\w{2,}$/i;

const JSON_TYPE = { 'content-type': 'application/json' };
const END = 'host: 127.0.0.1\r\nconnection: close\r\n\r\n';

const post =
  (path: string, text: string, headers: Record<string, string> = JSON_TYPE) =>
  (): Promise<Response> =>
    service.api.request(path, { method: 'POST', headers, body: text });

const get =
  (path: string, method = 'GET') =>
  (): Promise<Response> =>
    service.api.request(path, { method });

const raw = (text: string) => async (): Promise<Response> => {
  const answer = await rawRequest(service.api.url, text);
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
};

const reused = async (): Promise<Response> => {
  await service.api.post(body(), { 'idempotency-key': 'taken' });
  return service.api.post(body(), { 'idempotency-key': 'taken' });
};

const retriedAfterSuccess = async (): Promise<Response> => {
  const { id } = await service.api.create(body());
  await service.finished(id);
  return service.api.request(`/cancellations/${id}/retry`, { method: 'POST' });
};

describe('RFC 9457, problem details', () => {
  it.each<[number, string, () => Promise<Response>]>([
    [400, 'a wrong body', post('/cancellations', '{}')],
    [400, 'a body that is no JSON', post('/cancellations', '{')],
    [400, 'a wrong query', get('/cancellations?limit=0')],
    [400, 'a wrong key', post('/cancellations', '{}', { ...JSON_TYPE, 'idempotency-key': 'ü' })],
    [400, 'what is no HTTP', raw('nonsense\r\n\r\n')],
    [404, 'a path that cannot be decoded', get('/cancellations/%zz')],
    [404, 'an unknown cancellation', get('/cancellations/x')],
    [404, 'an unknown route', get('/nowhere')],
    [404, 'a path with characters that no URI has', raw(`GET /a"b|c{d}\\^\` HTTP/1.1\r\n${END}`)],
    [400, 'a path with bytes beyond ASCII', raw(`GET /\u00fc HTTP/1.1\r\n${END}`)],
    [404, 'a path with two slashes', raw(`GET //a:b/ HTTP/1.1\r\n${END}`)],
    [404, 'a long path', get(`/${'%C3%A4'.repeat(500)}`)],
    [405, 'another method', get('/queue', 'PUT')],
    [409, 'a finished cancellation', retriedAfterSuccess],
    [413, 'a long body', post('/cancellations', ' '.repeat(70_000))],
    [415, 'another type', post('/cancellations', 'x', { 'content-type': 'text/plain' })],
    [422, 'a key that was used', reused],
    [431, 'a long head', raw(`GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n${END}`)],
    [501, 'an unknown method', raw(`FOO / HTTP/1.1\r\n${END}`)],
    [505, 'another version', raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ])(
    'section 3: %i for %s has a type, title, detail and instance, and its own status',
    async (status, _, send) => {
      const response = await send();
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json(?:;|$)/);
      const {
        type,
        title,
        status: told,
        detail,
        instance,
        ...extensions
      } = (await response.json()) as Problem;
      expect(told).toBe(status);
      expect([type, instance]).toEqual([
        expect.stringMatching(URI_REFERENCE),
        expect.stringMatching(URI_REFERENCE),
      ]);
      expect(new URL(type, service.api.url).href).not.toBe('about:blank');
      expect(new URL(instance, service.api.url).origin).toBe(service.api.url);
      expect([title, detail].every((text) => text.length > 0)).toBe(true);
      expect(Object.keys(extensions).filter((name) => !EXTENSION_NAME.test(name))).toEqual([]);
    },
  );

  it('section 3.1.3: problems of one type have one title', async () => {
    const [one, another] = await Promise.all(
      [post('/cancellations', '{}'), post('/cancellations', '{"x":1}')].map(
        async (send) => (await (await send()).json()) as Problem,
      ),
    );
    expect(one?.type).toBe(another?.type);
    expect(one?.title).toBe(another?.title);
    expect(one?.detail).not.toBe(another?.detail);
  });
});

const send = (one: object, key: string) => service.api.post(one, { 'idempotency-key': key });

const idOf = async (response: Response): Promise<string> => ((await response.json()) as Cancellation).id;

describe('the draft of the header Idempotency-Key', () => {
  it('section 2.1: the value is a String of RFC 8941, and the bare text means the same', async () => {
    const one = body();
    const first = await send(one, '"a \\"quoted\\" key"');
    const again = await send(one, 'a "quoted" key');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await idOf(again)).toBe(await idOf(first));
  });

  it('section 2.2: a key with another payload is refused with 422', async () => {
    const one = body();
    expect((await send(one, 'reused')).status).toBe(202);
    const other = await send({ ...one, deadlineMs: 5000 }, 'reused');
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'idempotency_key_reused' });
    expect((await send(one, 'reused')).status).toBe(202);
  });

  it('section 2.5.2: the description of each route with the header says how long a key is known', async () => {
    const { paths } = (await (await service.api.request('/openapi.json')).json()) as OpenApi;
    const headers = Object.entries(paths).flatMap(([path, { post }]) =>
      (post?.parameters ?? [])
        .filter(({ name }) => name === 'Idempotency-Key')
        .map((header) => [path, (header as { description?: string }).description] as const),
    );
    expect(headers.map(([path]) => path).toSorted()).toEqual(['/cancellations', '/cancellations/batch']);
    for (const [, text] of headers) expect(text).toContain('RETENTION_HOURS');
  });

  it('section 2.6: the first request is processed, and a retry gets its result', async () => {
    const one = body();
    const first = await send(one, 'retried');
    expect(first.headers.has('idempotent-replayed')).toBe(false);
    const id = await idOf(first);
    await service.finished(id);
    const retry = await send(one, 'retried');
    expect(retry.status).toBe(first.status);
    expect(retry.headers.get('location')).toBe(first.headers.get('location'));
    expect(service.simulator.call(one.callSid).updates).toHaveLength(1);
  });

  it('section 2.6: requests at the same time are one', async () => {
    const one = body();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(one, 'at once')));
    expect(new Set(await Promise.all(answers.map(idOf))).size).toBe(1);
  });

  it('section 2.7: a request without the header is processed, because no route requires it', async () => {
    expect((await service.api.post(body())).status).toBe(202);
  });
});
