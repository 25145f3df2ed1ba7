import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { callKey, streamKey } from '../../src/cancellation/keys.js';
import { stoppedMailbox } from '../../src/evidence/evidence.js';
import { knownStreamsKey } from '../../src/evidence/known-streams.js';
import { signForm } from '../../src/simulator/outgoing/signature.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const KEY = 'PSKtest';
const STREAM = 'a "quoted" stream + more';
const PATH = '/laml/stream-status';

/** How far SignalWire's clock may differ. */
const CLOCKS_APART_MS = 30_000;

/** For calls that no other test uses. */
let calls = 0;
const newCallSid = () => `status-${(calls += 1)}`;

let simulator: Simulator;
let service: TestService;
let redis: Redis;
beforeAll(async () => {
  simulator = await startSimulator({ log: false, signingKey: KEY });
  service = await startTestService({ SIGNALWIRE_SIGNING_KEY: KEY }, simulator);
  redis = new Redis(service.variables.REDIS_URL);
});
afterAll(async () => {
  redis.disconnect();
  await service.close();
  await simulator.close();
});

const keyOf = (callSid: string) => streamKey({ project: 'default', callSid, streamName: STREAM });
const mailboxOf = (callSid: string) => stoppedMailbox(service.variables.QUEUE_PREFIX, keyOf(callSid));
const recorded = () => redis.keys(`${service.variables.QUEUE_PREFIX}:stopped:*`);

type Fields = Record<string, string | undefined>;

function stopped(fields: Fields = {}): Record<string, string> {
  const all = {
    AccountSid: simulator.projectId,
    CallSid: newCallSid(),
    StreamName: STREAM,
    StreamEvent: 'stream-stopped',
    ...fields,
  };
  return Object.fromEntries(
    Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined),
  );
}

const signature = (url: string, form: Record<string, string> = {}) => ({
  'x-signalwire-signature': signForm(KEY, url, form),
});

function post(form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  const url = service.variables.PUBLIC_URL + PATH;
  const body = new URLSearchParams(form);
  return fetch(url, { method: 'POST', body, headers: { ...signature(url, form), ...headers } });
}

function get(fields: Record<string, string>, method = 'GET'): Promise<Response> {
  const url = `${service.variables.PUBLIC_URL}${PATH}?${new URLSearchParams(fields).toString()}`;
  return fetch(url, { method, headers: signature(url) });
}

/** Everything sent earlier has been recorded too, because it uses the same connection. */
async function untilRecorded(): Promise<void> {
  const CallSid = newCallSid();
  await post(stopped({ CallSid }));
  await vi.waitFor(async () => expect(await redis.del(mailboxOf(CallSid))).toBe(1));
}

afterEach(async () => {
  await untilRecorded();
  const keys = await recorded();
  if (keys.length > 0) await redis.del(keys);
});

describe('a signed stream status callback', () => {
  it.each(['GET', 'POST'] as const)('with %s is evidence that a stream stopped', async (method) => {
    const statusCallback = `${service.variables.PUBLIC_URL}${PATH}?app=%C3%A9`;
    const stream = { name: STREAM, statusCallback, statusCallbackMethod: method };
    const { sid } = simulator.createCall({ streams: [stream] });
    const before = Date.now();
    const { id } = await service.api.create({ callSid: sid, streamName: STREAM, then: [{ pause: 600 }] });
    const { callbacks } = await simulator.until(sid, (call) => call.callbacks.length > 0);
    expect(callbacks).toMatchObject([{ event: 'stream-stopped', status: 204 }]);
    await vi.waitFor(async () =>
      expect(Number(await redis.get(mailboxOf(sid)))).toBeGreaterThan(before - CLOCKS_APART_MS),
    );
    expect(await service.finished(id)).toMatchObject({ status: 'succeeded' });
  });

  it.each<[string, Fields]>([
    ['an unknown AccountSid', { AccountSid: 'nobody' }],
    ['no AccountSid', { AccountSid: undefined }],
    ['no CallSid', { CallSid: undefined }],
    ['an invalid CallSid', { CallSid: 'x'.repeat(65) }],
    ['no StreamName', { StreamName: undefined }],
    ['an empty StreamName', { StreamName: '' }],
    ['a StreamName that is too long', { StreamName: 'x'.repeat(257) }],
    ['another event', { StreamEvent: 'stream-started' }],
    ['an error', { StreamEvent: 'stream-error', StreamError: 'general_error' }],
    ['an unknown event', { StreamEvent: '__proto__' }],
    ['no event', { StreamEvent: undefined }],
  ])('gets the same response with %s, and is not evidence', async (_, fields) => {
    for (const response of [await post(stopped(fields)), await get(stopped(fields))]) {
      expect([response.status, await response.text()]).toEqual([204, '']);
    }
    await untilRecorded();
    expect(await recorded()).toEqual([]);
  });

  it('is not evidence with HEAD', async () => {
    expect((await get(stopped(), 'HEAD')).status).toBe(204);
    await untilRecorded();
    expect(await recorded()).toEqual([]);
  });

  it('counts at its timestamp, not at its arrival', async () => {
    const CallSid = newCallSid();
    const at = Date.now() - 60_000;
    await post(stopped({ CallSid, Timestamp: new Date(at).toISOString() }));
    await vi.waitFor(async () =>
      expect(Number(await redis.get(mailboxOf(CallSid)))).toBe(at + CLOCKS_APART_MS),
    );
  });

  it.each([
    ['a day ago', -25 * 3_600_000],
    ['ahead', 6 * 60_000],
  ])('is ignored if it was sent %s', async (_, ahead) => {
    const Timestamp = new Date(Date.now() + ahead).toISOString();
    expect((await post(stopped({ Timestamp }))).status).toBe(204);
    await untilRecorded();
    expect(await recorded()).toEqual([]);
  });

  it('is ignored if its text was split into other fields', async () => {
    const { StreamSid, ...others } = { ...stopped(), StreamSid: 'sid' };
    const url = service.variables.PUBLIC_URL + PATH;
    const captured = signature(url, { ...others, StreamSid });
    const resplit = { ...others, StreamName: `${STREAM}StreamSid${StreamSid}` };
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(resplit),
      headers: captured,
    });
    expect(response.status).toBe(204);
    expect((await post(stopped({ Tenant: '7' }))).status).toBe(204);
    await untilRecorded();
    expect(await recorded()).toEqual([]);
  });

  it('is read as a form, whatever its content type', async () => {
    const CallSid = newCallSid();
    await post(stopped({ CallSid }), { 'content-type': 'nonsense' });
    await vi.waitFor(async () => expect(await redis.del(mailboxOf(CallSid))).toBe(1));
  });

  it('is counted by its event', async () => {
    const text = await (await service.api.request('/metrics')).text();
    for (const event of ['started', 'error', 'other', 'stopped', 'ambiguous', 'of_another_time']) {
      expect(text).toMatch(new RegExp(`^streamstop_stream_events_total\\{event="${event}"\\} [1-9]`, 'm'));
    }
    expect(text.match(/^streamstop_stream_events_total/gm)).toHaveLength(7);
  });
});

describe('a stream status callback without a right signature', () => {
  it.each(['', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='])('is refused if there is a signing key: %j', async (wrong) => {
    expect((await post(stopped(), { 'x-signalwire-signature': wrong })).status).toBe(403);
    await untilRecorded();
    expect(await recorded()).toEqual([]);
  });

  it('is refused if its form is longer than any callback', async () => {
    expect((await post({ ...stopped(), More: 'x'.repeat(65_536) })).status).toBe(403);
  });
});

describe('a stream status callback to a project without a signing key', () => {
  let keyless: TestService;
  beforeAll(async () => {
    keyless = await startTestService({ ROLES: 'documents' }, simulator);
  });
  afterAll(() => keyless.close());

  const url = () => keyless.variables.PUBLIC_URL + PATH;

  it.each([
    ['unsigned', () => ({})],
    ['signed', (form: Record<string, string>) => signature(url(), form)],
  ])('gets the same response and is ignored, %s', async (_, headersFor) => {
    const CallSid = newCallSid();
    for (const StreamEvent of ['stream-started', 'stream-stopped', 'stream-error']) {
      const form = stopped({ CallSid, StreamEvent, StreamSid: 'sid' });
      const response = await fetch(url(), {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: headersFor(form),
      });
      expect([response.status, await response.text()]).toEqual([204, '']);
    }
    await keyless.stop();
    const { QUEUE_PREFIX } = keyless.variables;
    const known = knownStreamsKey(QUEUE_PREFIX, callKey({ project: 'default', callSid: CallSid }));
    expect(await redis.exists(known, stoppedMailbox(QUEUE_PREFIX, keyOf(CallSid)))).toBe(0);
    keyless = await startTestService({ ROLES: 'documents' }, simulator);
  });

  it.each([
    ['nothing', ''],
    ['JSON', '{"half":'],
    ['garbage', '%zz&&=%ff\0'],
    ['more than any callback', 'x'.repeat(70_000)],
  ])('gets the same response if the body is %s', async (_, body) => {
    expect((await fetch(url(), { method: 'POST', body })).status).toBe(204);
  });

  it('is counted as unverified', async () => {
    await fetch(url(), { method: 'POST', body: new URLSearchParams(stopped()) });
    const metrics = await (await fetch(`${keyless.urls.operations}/metrics`)).text();
    expect(metrics).toMatch(/^streamstop_stream_events_total\{event="unverified"\} [1-9]/m);
  });
});
