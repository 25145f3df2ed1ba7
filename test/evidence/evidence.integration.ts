import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { evidenceMailbox } from '../../src/evidence/evidence.js';
import { EvidenceInbox } from '../../src/evidence/evidence.inbox.js';
import { EvidenceRecorder } from '../../src/evidence/evidence.recorder.js';
import { WorkerConnection } from '../../src/redis/worker.connection.js';
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
    inbox = new EvidenceInbox(environment, connection);
    recorder = new EvidenceRecorder(environment);
    inbox.onModuleInit();
  });
  afterEach(() => {
    for (const user of [inbox, connection, recorder]) user.onApplicationShutdown();
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
});
