import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { callKey } from '../../src/cancellation/keys.js';
import { knownStreamsKey } from '../../src/evidence/known-streams.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const STAY = [{ pause: 600 }];

interface Answer {
  readonly items: Cancellation[];
}

let service: TestService;
let redis: Redis;

beforeAll(async () => {
  service = await startTestService({ MAX_ATTEMPTS: '3', BACKOFF_BASE_MS: '20', BACKOFF_CAP_MS: '50' });
  redis = new Redis(service.variables.REDIS_URL);
});
afterAll(async () => {
  redis.disconnect();
  await service.close();
});

const itemsOf = async (response: Response): Promise<Cancellation[]> =>
  ((await response.json()) as Answer).items;

const named = (names: readonly string[]): string =>
  service.simulator.createCall({ streams: names.map((name) => ({ name })) }).sid;

/** As if status callbacks had reported these streams. */
async function know(callSid: string, streams: Readonly<Record<string, string>>): Promise<void> {
  const key = knownStreamsKey(service.variables.QUEUE_PREFIX, callKey({ project: 'default', callSid }));
  const now = Date.now();
  for (const [name, sid] of Object.entries(streams)) await redis.hset(key, name, `${now} ${sid}`);
}

/** A call whose stream `one` is being stopped by a document, in an update that SignalWire is slow to accept. */
async function withUpdateUnderWay(faults: readonly Fault[] = []) {
  const callSid = named(['one', 'two', 'three']);
  service.simulator.setFaults(callSid, [{ latencyMs: 1500 }, ...faults]);
  const { id } = await service.api.create({ callSid, streamName: 'one', then: STAY });
  await service.simulator.until(callSid, ({ updates }) => updates.length === 1);
  const streamSid = service.simulator.call(callSid).streams[1]?.sid;
  return { callSid, id, streamSid };
}

/** The second update came after the call had fetched the document of the first. */
function expectOneByOne(callSid: string): void {
  const { updates, fetches, streams } = service.simulator.call(callSid);
  expect(updates).toHaveLength(2);
  const fetched = fetches.find(({ url }) => url === updates[0]?.params['Url']);
  expect(Date.parse(updates[1]?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(fetched?.startedAt ?? ''));
  expect(streams.slice(0, 2).map(({ status }) => status)).toEqual(['stopped', 'stopped']);
}

describe('a request for several streams', () => {
  it('stops those with a known SID by it, and the others by a document', async () => {
    const callSid = named(['known', 'one', 'two']);
    const [stream] = service.simulator.call(callSid).streams;
    await know(callSid, { known: stream?.sid ?? '' });
    const body = { callSid, streamNames: ['known', 'one', 'two'] };
    const items = await itemsOf(await service.api.post(body));
    const ends = await Promise.all(items.map(({ id }) => service.finished(id)));
    expect(ends.map(({ status, attempts }) => [status, attempts.map(({ strategy }) => strategy)])).toEqual([
      ['succeeded', ['stream_resource']],
      ['succeeded', ['update_call']],
      ['succeeded', ['update_call']],
    ]);
    expect(ends.map(({ warnings }) => warnings.map(({ code }) => code))).toEqual([
      [],
      ['call_ends'],
      ['call_ends'],
    ]);
  });

  it('updates the call once', async () => {
    const callSid = named(['one', 'two', 'three']);
    const items = await itemsOf(await service.api.post({ callSid, streamNames: ['one', 'two', 'three'] }));
    await Promise.all(items.map(({ id }) => service.finished(id)));
    expect(service.simulator.call(callSid).updates).toHaveLength(1);
  });
});

const all = (callSid: string) => ({ callSid, streamNames: 'all' });

describe('a request for all streams of a call', () => {
  it('is refused if the project has no signing key', async () => {
    const callSid = randomUUID();
    await know(callSid, { one: 'sid-1' });
    const response = await service.api.post(all(callSid));
    expect(await response.json()).toMatchObject({
      status: 400,
      errors: [
        { field: 'streamNames', message: expect.stringContaining('SIGNALWIRE_SIGNING_KEY') as string },
      ],
    });
  });

  describe('of a project with a signing key', () => {
    let signed: TestService;
    beforeAll(async () => {
      signed = await startTestService({
        SIGNALWIRE_SIGNING_KEY: 'PSK0123456789abcdef',
        ROLES: 'api',
        QUEUE_PREFIX: service.variables.QUEUE_PREFIX,
      });
    });
    afterAll(() => signed.close());

    it('becomes one cancellation per known stream', async () => {
      const callSid = randomUUID();
      await know(callSid, { one: 'sid-1', two: 'sid-2' });
      const items = await itemsOf(await signed.api.post(all(callSid)));
      expect(items.map(({ streamName, streamSid }) => [streamName, streamSid])).toEqual([
        ['one', 'sid-1'],
        ['two', 'sid-2'],
      ]);
    });

    it('is refused if no stream is known', async () => {
      const response = await signed.api.post(all(randomUUID()));
      expect(await response.json()).toMatchObject({ status: 409, code: 'no_known_streams' });
    });

    it('is refused if more streams are known than one request may name', async () => {
      const callSid = randomUUID();
      const many = Array.from({ length: 21 }, (_, index) => [`${index}`, `sid-${index}`]);
      await know(callSid, Object.fromEntries(many) as Record<string, string>);
      const response = await signed.api.post(all(callSid));
      expect(await response.json()).toMatchObject({
        status: 409,
        code: 'too_many_streams',
        detail: expect.stringContaining('21 streams') as string,
      });
      const jobs = await service.queue.queue.getJobs();
      expect(jobs.filter(({ data }) => data.callSid === callSid)).toEqual([]);
    });
  });
});

describe('a request for several streams of a project with a DOCUMENT_URL', () => {
  let foreign: TestService;
  beforeAll(async () => {
    foreign = await startTestService({
      DOCUMENT_URL: 'http://127.0.0.1:9/?STREAMNAME={streamName}',
      ROLES: 'api',
      QUEUE_PREFIX: service.variables.QUEUE_PREFIX,
    });
  });
  afterAll(() => foreign.close());

  it.each<[string, object, Record<string, string>]>([
    ['none is known', {}, {}],
    ['one is known', {}, { one: 'sid-1' }],
    [
      'all are known, and none may go by its SID',
      { strategy: 'update_call' },
      { one: 'sid-1', two: 'sid-2', three: 'sid-3' },
    ],
  ])('is refused, since that document stops one stream: %s', async (_, more, streams) => {
    const callSid = randomUUID();
    await know(callSid, streams);
    const keyed: Record<string, string> = { 'idempotency-key': callSid };
    for (const headers of [{}, keyed]) {
      const response = await foreign.api.post(
        { callSid, streamNames: ['one', 'two', 'three'], ...more },
        headers,
      );
      expect(await response.json()).toMatchObject({
        status: 400,
        errors: [{ field: 'streamNames', message: expect.stringContaining('DOCUMENT_URL') as string }],
      });
    }
  });

  it.each<[string, Record<string, string>]>([
    ['one needs it', { one: 'sid-1' }],
    ['none needs it', { one: 'sid-1', two: 'sid-2' }],
  ])('is accepted if %s', async (_, streams) => {
    const callSid = randomUUID();
    await know(callSid, streams);
    expect((await foreign.api.post({ callSid, streamNames: ['one', 'two'] })).status).toBe(202);
  });

  it('is accepted if the request says what the call does next, since the document is ours then', async () => {
    const body = { callSid: randomUUID(), streamNames: ['one', 'two', 'three'], then: [{ hangup: true }] };
    expect((await foreign.api.post(body)).status).toBe(202);
  });
});

describe('a stream that is stopped by its SID beside one that is stopped by a document', () => {
  it('leaves the lane of the call to that one', async () => {
    const { callSid, id, streamSid } = await withUpdateUnderWay();
    const bySid = await service.api.create({ callSid, streamSid });
    expect(bySid.warnings).toEqual([]);
    expect(await service.finished(bySid.id)).toMatchObject({
      status: 'succeeded',
      attempts: [{ strategy: 'stream_resource' }],
      warnings: [],
    });
    const next = await service.api.create({ callSid, streamName: 'three', then: STAY });
    for (const one of [id, next.id])
      expect(await service.finished(one)).toMatchObject({ status: 'succeeded' });
    expectOneByOne(callSid);
  });

  it('waits for the lane where it has to go by its name after all', async () => {
    const { callSid, id, streamSid } = await withUpdateUnderWay([
      { on: 'stream', status: 404, times: 'always' },
    ]);
    const { id: fallen } = await service.api.create({ callSid, streamSid, streamName: 'two' });
    await service.simulator.until(callSid, ({ streamPosts }) => streamPosts.length === 1);
    expect(await service.finished(fallen)).toMatchObject({
      status: 'succeeded',
      attempts: [
        { strategy: 'stream_resource', outcome: 'rejected', httpStatus: 404 },
        { strategy: 'update_call', outcome: 'accepted' },
      ],
    });
    expect(await service.finished(id)).toMatchObject({ status: 'succeeded' });
    expectOneByOne(callSid);
  });
});
