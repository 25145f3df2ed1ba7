import { describe, expect, it } from 'vitest';
import { rawRequest } from '../support/raw-request.js';
import { BILLING_KEY, FRAUD_KEY, ownApi, VALID } from './fixtures/own-api.js';

describe('the API', () => {
  const { clock, get, send, url } = ownApi();

  const keyed = (key: string, body: object, bearer = BILLING_KEY) =>
    send(body, { authorization: `Bearer ${bearer}`, 'idempotency-key': key });

  const sentWith = async (...keys: string[]) => {
    const body = JSON.stringify({ ...VALID, callSid: 'key-sent-twice' });
    return rawRequest(
      await url(),
      `POST /cancellations HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${BILLING_KEY}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n` +
        `${keys.map((key) => `idempotency-key: ${key}\r\n`).join('')}\r\n${body}`,
    );
  };

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
      waitingFor: null,
      failure: null,
      warnings: [{ code: 'call_ends', message: expect.stringContaining('ends the call') as string }],
      requestedBy: 'billing',
      requestId: response.headers['x-request-id'],
      traceId: null,
      retryOf: null,
      then: [{ say: 'Stopping stream' }],
      template: null,
      documentUrl: null,
      deadlineMs: 60_000,
      callbacks: [],
    });

    const read = await get(`/cancellations/${cancellation.id}`, { authorization: `Bearer ${FRAUD_KEY}` });
    expect(read.json()).toEqual(cancellation);
  });

  it('says who asked first, whoever asks again', async () => {
    const request = { ...VALID, callSid: 'asked-by-fraud' };
    const fraud = { authorization: `Bearer ${FRAUD_KEY}` };
    expect((await send(request, fraud)).json()).toMatchObject({ requestedBy: 'fraud' });
    expect((await send(request)).json()).toMatchObject({ requestedBy: 'fraud', duplicate: true });
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

    it('that is sent twice is one key if the values are equal, and refused otherwise', async () => {
      const once = await sentWith('twice');
      const twice = await sentWith('twice', '"twice"');
      expect(once.status).toBe(202);
      expect(twice.headers.get('idempotent-replayed')).toBe('true');
      expect(twice.headers.get('location')).toBe(once.headers.get('location'));

      const different = await sentWith('twice', 'other');
      expect(different.status).toBe(400);
      expect(JSON.parse(different.body)).toMatchObject({
        code: 'invalid_idempotency_key',
        detail: 'Idempotency-Key was sent with different values',
      });
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
      const other = await keyed('shared', { ...VALID, callSid: 'of-fraud' }, FRAUD_KEY);
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
    clock.aheadByMs = 3_600_000;
    const { createdAt } = (await send({ ...VALID, callSid: 'ahead' })).json<{ createdAt: string }>();
    clock.aheadByMs = 0;
    expect(Date.parse(createdAt)).toBeGreaterThan(Date.now() + 3_500_000);
  });

  it.each([
    [{ streamName: 'stream' }, 'callSid', 'letters, digits'],
    [{ callSid: 'call' }, 'streamName', 'streamSid or streamNames instead'],
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
        authorization: `Bearer ${BILLING_KEY}`,
        'content-type': 'application/x-www-form-urlencoded',
      }),
      send('hello', { authorization: `Bearer ${BILLING_KEY}`, 'content-type': 'text/plain' }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 413, 415, 415]);
    for (const answer of answers) {
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({
        type: expect.stringContaining('/problems/') as string,
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
});
