import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { evidenceChannel, evidenceMailbox } from '../../src/evidence/evidence.js';
import { EvidenceInbox } from '../../src/evidence/evidence.inbox.js';
import { EvidenceRecorder } from '../../src/evidence/evidence.recorder.js';
import { Readiness } from '../../src/monitoring/readiness.js';
import { WorkerConnection } from '../../src/redis/worker.connection.js';
import { TcpProxy } from '../../src/development/tcp-proxy.js';
import { testVariables } from '../support/service.js';

const LONG = 5000;
const FETCHED_AT = 1_790_000_000_000;

describe('evidence, from the process that served a document to the one that waits', () => {
  let redis: Redis;
  let environment: ServiceEnvironment;
  let connection: WorkerConnection;
  let inbox: EvidenceInbox;
  let recorder: EvidenceRecorder;
  let cancellationId: string;

  beforeEach(async () => {
    cancellationId = randomUUID();
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    redis = new Redis(inject('redisUrl'));
    connection = new WorkerConnection(environment);
    inbox = new EvidenceInbox(environment, connection, new Readiness());
    recorder = new EvidenceRecorder(environment);
    inbox.onModuleInit();
  });
  afterEach(async () => {
    for (const user of [inbox, connection, recorder]) await user.onApplicationShutdown();
    redis.disconnect();
  });

  const record = (documentFetchedAt = FETCHED_AT, expiresAt = Date.now() + 60_000) =>
    recorder.record({ cancellationId, documentFetchedAt }, expiresAt);

  it('is announced to the one that waits', async () => {
    const watch = inbox.watch(cancellationId);
    const fetched = watch.documentFetched(LONG);
    await record();
    expect(await fetched).toBe(FETCHED_AT);
  });

  it('is kept for the one that did not listen, until the link expires', async () => {
    await record(FETCHED_AT, Date.now() + 30_000);
    expect(await inbox.earlier(cancellationId)).toBe(FETCHED_AT);
    const msLeft = await redis.pttl(evidenceMailbox(environment.QUEUE_PREFIX, cancellationId));
    expect(msLeft).toBeGreaterThan(0);
    expect(msLeft).toBeLessThanOrEqual(30_000);
  });

  it('is that of the first fetch', async () => {
    await record(FETCHED_AT);
    await record(FETCHED_AT + 1000);
    expect(await inbox.earlier(cancellationId)).toBe(FETCHED_AT);
  });

  it('is null where none comes in time', async () => {
    expect(await inbox.watch(cancellationId).documentFetched(20)).toBeNull();
  });

  it('is found at the end of the wait though its announcement was missed', async () => {
    const watch = inbox.watch(cancellationId);
    await redis.set(evidenceMailbox(environment.QUEUE_PREFIX, cancellationId), FETCHED_AT);
    expect(await watch.documentFetched(20)).toBe(FETCHED_AT);
  });

  it('is caught up with once a broken subscription is whole again', async () => {
    const watch = inbox.watch(cancellationId);
    const fetched = watch.documentFetched(LONG);
    await redis.set(evidenceMailbox(environment.QUEUE_PREFIX, cancellationId), FETCHED_AT);
    const start = performance.now();
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await fetched).toBe(FETCHED_AT);
    expect(performance.now() - start).toBeLessThan(LONG);
  });

  it('of one cancellation is not taken for that of another', async () => {
    const watch = inbox.watch(randomUUID());
    const fetched = watch.documentFetched(50);
    await record();
    expect(await fetched).toBeNull();
  });

  it('goes to each of two watches of one cancellation, also when one of them is closed', async () => {
    const [first, second] = [inbox.watch(cancellationId), inbox.watch(cancellationId)];
    first.close();
    const fetched = second.documentFetched(LONG);
    const start = performance.now();
    await record();
    expect(await fetched).toBe(FETCHED_AT);
    expect(performance.now() - start).toBeLessThan(LONG);
  });

  it('is heard after announcements that are none', async () => {
    const watch = inbox.watch(cancellationId);
    const fetched = watch.documentFetched(LONG);
    for (const garbage of [
      'hello',
      'null',
      '{"cancellationId":1}',
      `{"cancellationId":"${cancellationId}"}`,
    ]) {
      await redis.publish(evidenceChannel(environment.QUEUE_PREFIX), garbage);
    }
    await record();
    expect(await fetched).toBe(FETCHED_AT);
  });

  it('is heard again after the subscription fell silent', { timeout: 40_000 }, async () => {
    const { hostname, port, username, password } = new URL(environment.REDIS_URL);
    const proxy = await TcpProxy.start(hostname, Number(port));
    onTestFinished(() => proxy.close());
    const url = `redis://${username}:${password}@127.0.0.1:${proxy.port}`;
    const REDIS_URL = password === '' ? `redis://127.0.0.1:${proxy.port}` : url;
    const proxied = Object.assign(new ServiceEnvironment(), environment, { REDIS_URL });
    const readiness = new Readiness();
    const deaf = new EvidenceInbox(proxied, connection, readiness);
    onTestFinished(() => deaf.onApplicationShutdown());
    deaf.onModuleInit();
    const isSubscribed = () => readiness.expectations.get('evidence')?.();
    await vi.waitFor(() => expect(isSubscribed()).toBe(true));

    proxy.silence();
    await vi.waitFor(() => expect(isSubscribed()).toBe(false), { timeout: 20_000 });
    await vi.waitFor(() => expect(isSubscribed()).toBe(true), { timeout: 5000 });
    const fetched = deaf.watch(cancellationId).documentFetched(LONG);
    const start = performance.now();
    await record();
    expect(await fetched).toBe(FETCHED_AT);
    expect(performance.now() - start).toBeLessThan(LONG);
  });

  it('on its way is handed over before its process ends', async () => {
    void record();
    await recorder.onApplicationShutdown();
    expect(await inbox.earlier(cancellationId)).toBe(FETCHED_AT);
  });
});
