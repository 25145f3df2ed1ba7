import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { streamKey } from '../../src/cancellation/keys.js';
import { stoppedMailbox } from '../../src/evidence/evidence.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const STREAM = 'a "quoted" stream + more';

/** For calls that nobody else in these tests has. */
let calls = 0;
const newCallSid = () => `status-${(calls += 1)}`;

describe.each([
  { signed: 'signed', keys: { signingKey: 'PSKtest' } },
  { signed: 'unsigned', keys: {} },
])('a stream status callback, $signed', ({ keys }) => {
  let simulator: Simulator;
  let service: TestService;
  let redis: Redis;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false, ...keys });
    const { signingKey } = simulator;
    service = await startTestService(
      { LOG_LEVEL: 'fatal', ...(signingKey !== undefined && { SIGNALWIRE_SIGNING_KEY: signingKey }) },
      simulator,
    );
    redis = new Redis(service.variables.REDIS_URL);
  });
  afterAll(async () => {
    redis.disconnect();
    await service.close();
    await simulator.close();
  });

  const statusCallback = () => `${service.variables.PUBLIC_URL}/laml/stream-status`;
  const stoppedAt = (callSid: string) =>
    redis.get(
      stoppedMailbox(
        service.variables.QUEUE_PREFIX,
        streamKey({ project: 'default', callSid, streamName: STREAM }),
      ),
    );

  it.each(['GET', 'POST'] as const)('by %s says that a stream stopped', async (statusCallbackMethod) => {
    const stream = { name: STREAM, statusCallback: `${statusCallback()}?app=%C3%A9`, statusCallbackMethod };
    const { sid } = simulator.createCall({ streams: [stream] });
    const before = Date.now();
    const { id } = await service.api.create({ callSid: sid, streamName: STREAM, then: [{ pause: 600 }] });
    const { callbacks } = await simulator.until(sid, (call) => call.callbacks.length > 0);
    expect(callbacks).toMatchObject([{ event: 'stream-stopped', status: 204 }]);
    await vi.waitFor(async () =>
      expect(Number(await stoppedAt(sid))).toBeGreaterThan(before - CLOCKS_APART_MS),
    );
    expect(await service.finished(id)).toMatchObject({ status: 'succeeded' });
  });
});

/** The service goes by the clock of Redis, as far as it knows it. */
const CLOCKS_APART_MS = 1000;

describe('what is sent to the stream status callback', () => {
  let service: TestService;
  let redis: Redis;
  beforeAll(async () => {
    service = await startTestService();
    redis = new Redis(service.variables.REDIS_URL);
  });
  afterAll(async () => {
    redis.disconnect();
    await service.close();
  });

  const url = () => `${service.urls.documents}/laml/stream-status`;
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(url(), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  const stopped = (fields: Record<string, string | undefined> = {}): URLSearchParams => {
    const { projectId } = service.simulator;
    const all = {
      AccountSid: projectId,
      CallSid: newCallSid(),
      StreamName: STREAM,
      StreamEvent: 'stream-stopped',
      ...fields,
    };
    return new URLSearchParams(
      Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined),
    );
  };
  const recorded = () => redis.keys(`${service.variables.QUEUE_PREFIX}:stopped:*`);
  /** What is sent one after the other is recorded in that order, on one connection. */
  const untilRecorded = async () => {
    const callSid = newCallSid();
    await post(stopped({ CallSid: callSid }).toString());
    const key = streamKey({ project: 'default', callSid, streamName: STREAM });
    const mailbox = stoppedMailbox(service.variables.QUEUE_PREFIX, key);
    await vi.waitFor(async () => expect(await redis.del(mailbox)).toBe(1));
  };

  it.each<[string, Record<string, string | undefined>]>([
    ['an AccountSid that is unknown', { AccountSid: 'nobody' }],
    ['no AccountSid', { AccountSid: undefined }],
    ['no CallSid', { CallSid: undefined }],
    ['a CallSid that is none', { CallSid: 'x'.repeat(65) }],
    ['no StreamName', { StreamName: undefined }],
    ['an empty StreamName', { StreamName: '' }],
    ['a StreamName that is too long', { StreamName: 'x'.repeat(257) }],
    ['another event', { StreamEvent: 'stream-started' }],
    ['an error', { StreamEvent: 'stream-error', StreamError: 'general_error' }],
    ['an event that is unknown', { StreamEvent: '__proto__' }],
    ['no event', { StreamEvent: undefined }],
  ])('is answered alike, and is no evidence, with %s', async (_, fields) => {
    for (const response of [
      await post(stopped(fields).toString()),
      await fetch(`${url()}?${stopped(fields).toString()}`),
    ]) {
      expect([response.status, await response.text()]).toEqual([204, '']);
    }
    await untilRecorded();
    expect(await recorded()).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['JSON', '{"half":'],
    ['garbage', '%zz&&=%ff\0'],
  ])('is answered alike where the body is %s', async (_, body) => {
    expect((await post(body)).status).toBe(204);
  });

  it('is answered alike, and is no evidence, where it is longer than any callback', async () => {
    expect((await post(`${stopped().toString()}&More=${'x'.repeat(65_536)}`)).status).toBe(204);
    expect((await fetch(`${url()}?${stopped().toString()}`, { method: 'HEAD' })).status).toBe(204);
    await untilRecorded();
    expect(await recorded()).toEqual([]);
  });

  it('is of the time that it tells of, not of that at which it comes', async () => {
    const callSid = newCallSid();
    const at = Date.now() - 60_000;
    await post(stopped({ CallSid: callSid, Timestamp: new Date(at).toISOString() }).toString());
    const key = streamKey({ project: 'default', callSid, streamName: STREAM });
    const mailbox = stoppedMailbox(service.variables.QUEUE_PREFIX, key);
    await vi.waitFor(async () => expect(Number(await redis.get(mailbox))).toBe(at + CLOCKS_APART_MS));
    await redis.del(mailbox);
  });

  it('is read as a form, whatever its type', async () => {
    const callSid = newCallSid();
    await post(stopped({ CallSid: callSid }).toString(), { 'content-type': 'nonsense' });
    await vi.waitFor(async () => expect(await recorded()).toHaveLength(1));
  });

  it('is counted by its event', async () => {
    const text = await (await service.api.request('/metrics')).text();
    for (const event of ['started', 'error', 'other', 'stopped']) {
      expect(text).toMatch(new RegExp(`^streamstop_stream_events_total\\{event="${event}"\\} [1-9]`, 'm'));
    }
    expect(text.match(/^streamstop_stream_events_total/gm)).toHaveLength(4);
  });
});
