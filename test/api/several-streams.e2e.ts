import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { callKey } from '../../src/cancellation/keys.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { knownStreamsKey } from '../../src/evidence/known-streams.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { observeQueue, startTestService } from '../support/service.js';
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

/** As if status callbacks had told of them; SIDs by names. */
async function know(callSid: string, streams: Readonly<Record<string, string>>): Promise<void> {
  const key = knownStreamsKey(service.variables.QUEUE_PREFIX, callKey({ project: 'default', callSid }));
  const now = Date.now();
  for (const [name, sid] of Object.entries(streams)) await redis.hset(key, name, `${now} ${sid}`);
}

/** A call of which the stream `one` is being stopped by a document, which SignalWire takes its time to accept. */
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

/** An API that may not look up what is under way already: what is queued before that stays. */
async function halfRefused() {
  const server = await ownRedis();
  const admin = new Redis(server.url);
  const url = new URL(server.url);
  await admin.call('ACL', 'SETUSER', 'api', 'on', '>secret', '~*', '&*', '+@all');
  Object.assign(url, { username: 'api', password: 'secret' });
  const api = await startTestService({ ROLES: 'api', REDIS_URL: url.href, QUEUE_PREFIX: '{half}' });
  const observed = observeQueue(server.url, '{half}');
  onTestFinished(async () => {
    await observed.close();
    admin.disconnect();
    await api.close();
  });
  const underWay = await api.api.create({ callSid: 'call', streamName: 'two' });
  const refuse = () =>
    admin.call('ACL', 'SETUSER', 'api', 'resetkeys', '%R~*', '~{half}:cancellations*', '~{half}:idem*');
  const accept = () => admin.call('ACL', 'SETUSER', 'api', '~*');
  const ids = async () => (await observed.queue.getJobs()).map(({ id }) => id ?? '').toSorted();
  return { api: api.api, underWay, refuse, accept, ids };
}

describe('several streams', () => {
  it('go by their SIDs where these are known, and the others by a document', async () => {
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
    expect(service.simulator.call(callSid).updates).toHaveLength(1);
  });

  it('that are all of a call are no more than one request may name', async () => {
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`${index}`, `sid-${index}`]));
    await know('crowded', many);
    const response = await service.api.post({ callSid: 'crowded', streamNames: 'all' });
    expect(await response.json()).toMatchObject({
      status: 409,
      code: 'too_many_streams',
      detail: expect.stringContaining('21 streams') as string,
    });
    expect(await service.queue.queue.getJobs()).not.toContainEqual(
      expect.objectContaining({ data: expect.objectContaining({ callSid: 'crowded' }) as object }),
    );
  });
});

describe('several streams where the document is at DOCUMENT_URL', () => {
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
  ])('are refused, since it stops one: %s', async (_, more, streams) => {
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
  ])('are taken where %s', async (_, streams) => {
    const callSid = randomUUID();
    await know(callSid, streams);
    expect((await foreign.api.post({ callSid, streamNames: ['one', 'two'] })).status).toBe(202);
  });

  it('are taken where the request says what the call does next, since the document is ours then', async () => {
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

describe('several streams, where the answer of Redis is lost', () => {
  it('are the same ones for the same key', async () => {
    const { hostname, port } = new URL(inject('redisUrl'));
    const proxy = await TcpProxy.start(hostname, Number(port));
    onTestFinished(() => proxy.close());
    const REDIS_URL = `redis://127.0.0.1:${proxy.port}`;
    const { QUEUE_PREFIX } = service.variables;
    const distant = await startTestService({ ROLES: 'api', REDIS_URL, QUEUE_PREFIX }, service.simulator);
    onTestFinished(() => distant.close());

    const callSid = named(['one', 'two']);
    const body = { callSid, streamNames: ['one', 'two'], then: STAY };
    const headers = { 'idempotency-key': callSid };
    proxy.loseAnswersTo(callSid);
    const lost = await distant.api.post(body, headers);
    expect(lost.status).toBe(503);
    expect(await lost.json()).toMatchObject({
      detail: expect.stringContaining('again with the same Idempotency-Key') as string,
    });
    proxy.cut();

    const again = await service.api.post(body, headers);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const items = await itemsOf(again);
    expect(items.map(({ streamName }) => streamName)).toEqual(['one', 'two']);
    for (const { id } of items) expect(await service.finished(id)).toMatchObject({ status: 'succeeded' });
    const jobs = await service.queue.queue.getJobs();
    const own = jobs.filter(({ data }) => data.callSid === callSid).map(({ id }) => id ?? '');
    expect(own.toSorted()).toEqual(items.map(({ id }) => id).toSorted());
  });
});

describe('several streams that Redis takes in part', () => {
  const body = { callSid: 'call', streamNames: ['one', 'two', 'three'] };

  it('are withdrawn, and the caller is told so', async () => {
    const { api, underWay, refuse, accept, ids } = await halfRefused();
    await refuse();
    const response = await api.post(body);
    expect(await response.json()).toMatchObject({
      status: 503,
      detail: expect.stringContaining('withdrawn') as string,
    });
    expect(await ids()).toHaveLength(3);
    await accept();
    await vi.waitFor(async () => expect(await ids()).toEqual([underWay.id]), { timeout: 10_000 });
  });

  it('stay for their key to find them, and the caller is told so', async () => {
    const { api, underWay, refuse, accept, ids } = await halfRefused();
    const headers = { 'idempotency-key': 'key' };
    await refuse();
    const response = await api.post(body, headers);
    expect(await response.json()).toMatchObject({
      status: 503,
      detail: expect.stringContaining('again with the same Idempotency-Key') as string,
    });
    const queued = await ids();
    expect(queued).toHaveLength(3);
    await accept();
    const items = await itemsOf(await api.post(body, headers));
    expect(items[1]).toMatchObject({ id: underWay.id, duplicate: true });
    expect(items.map(({ id }) => id).toSorted()).toEqual(queued);
  });
});
