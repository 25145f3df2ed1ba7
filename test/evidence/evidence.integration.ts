import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { evidenceChannel, evidenceMailbox, NO_PROOF, stoppedMailbox } from '../../src/evidence/evidence.js';
import type { Proof, Subject } from '../../src/evidence/evidence.js';
import { EvidenceExchange } from '../../src/evidence/evidence.exchange.js';
import { EvidenceInbox } from '../../src/evidence/evidence.inbox.js';
import { EvidenceRecorder } from '../../src/evidence/evidence.recorder.js';
import { Readiness } from '../../src/platform/health/readiness.js';
import { SharedClock } from '../../src/platform/redis/shared-clock.js';
import { WorkerConnection } from '../../src/queue/connections/worker.connection.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { testVariables } from '../support/service.js';

const LONG = 15_000;
const CREATED_AT = 1_790_000_000_000;
const FETCHED_AT = CREATED_AT + 80;
const STOPPED_AT = CREATED_AT + 90;

const FETCHED: Proof = { documentFetchedAt: FETCHED_AT, streamStoppedAt: null };
const STOPPED: Proof = { documentFetchedAt: null, streamStoppedAt: STOPPED_AT };
const BOTH: Proof = { documentFetchedAt: FETCHED_AT, streamStoppedAt: STOPPED_AT };

const isFetched = ({ documentFetchedAt }: Proof) => documentFetchedAt !== null;
const isStopped = ({ streamStoppedAt }: Proof) => streamStoppedAt !== null;
const isAny = (proof: Proof) => isFetched(proof) || isStopped(proof);
const isBoth = (proof: Proof) => isFetched(proof) && isStopped(proof);

const newSubject = (): Subject => ({
  cancellationId: randomUUID(),
  streamKeys: [randomUUID()],
  createdAt: CREATED_AT,
});

describe('evidence, from the process that SignalWire told to the one that waits', () => {
  let redis: Redis;
  let environment: ServiceEnvironment;
  let connection: WorkerConnection;
  let readiness: Readiness;
  let inbox: EvidenceInbox;
  let recorder: EvidenceRecorder;
  let subject: Subject;

  beforeEach(async () => {
    subject = newSubject();
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    redis = new Redis(inject('redisUrl'));
    connection = new WorkerConnection(environment);
    readiness = new Readiness();
    inbox = new EvidenceInbox(environment, connection, readiness, new EvidenceExchange());
    recorder = new EvidenceRecorder(environment, new SharedClock());
    inbox.onModuleInit();
  });
  afterEach(async () => {
    for (const user of [inbox, connection, recorder]) await user.onApplicationShutdown();
    redis.disconnect();
  });

  const fetch = (at = FETCHED_AT, expiresAt = Date.now() + 60_000) =>
    recorder.documentFetched([subject.cancellationId], at, expiresAt);
  const stop = (at = STOPPED_AT) => recorder.streamStopped(subject.streamKeys, at);
  const subscribed = () => vi.waitFor(() => expect(readiness.expectations.get('evidence')?.()).toBe(true));
  const fetchedMailbox = () => evidenceMailbox(environment.QUEUE_PREFIX, subject.cancellationId);
  const stopMailbox = () => stoppedMailbox(environment.QUEUE_PREFIX, subject.streamKeys[0] ?? '');

  const KINDS = [
    { kind: 'a fetch', put: () => fetch(), mailbox: fetchedMailbox, at: FETCHED_AT, proof: FETCHED },
    { kind: 'a stop', put: () => stop(), mailbox: stopMailbox, at: STOPPED_AT, proof: STOPPED },
  ];

  it.each(KINDS)('is announced to the one that waits: $kind', async ({ put, proof }) => {
    const awaited = inbox.watch(subject).until(isAny, LONG);
    const start = performance.now();
    await put();
    expect(await awaited).toEqual(proof);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it.each(KINDS)('is kept for the one that did not listen: $kind', async ({ put, proof }) => {
    await put();
    expect(await inbox.earlier(subject)).toEqual(proof);
  });

  it('is kept until the link expires, or for a day', async () => {
    await fetch(FETCHED_AT, Date.now() + 30_000);
    await stop();
    const [fetched, stopped] = [await redis.pttl(fetchedMailbox()), await redis.pttl(stopMailbox())];
    expect(fetched).toBeGreaterThan(0);
    expect(fetched).toBeLessThanOrEqual(30_000);
    expect(stopped).toBeGreaterThan(86_000_000);
    expect(stopped).toBeLessThanOrEqual(86_400_000);
  });

  it('of a link that has expired is announced, and not kept', async () => {
    await subscribed();
    const awaited = inbox.watch(subject).until(isFetched, LONG);
    await fetch(FETCHED_AT, Date.now() - 1);
    expect(await awaited).toEqual(FETCHED);
    expect(await redis.exists(fetchedMailbox())).toBe(0);
  });

  it('is that of the first fetch', async () => {
    await fetch(FETCHED_AT);
    await fetch(FETCHED_AT + 1000);
    expect(await inbox.earlier(subject)).toEqual(FETCHED);
  });

  it('is that of the latest stop, in whichever order they come', async () => {
    await stop(CREATED_AT - 1);
    expect(await inbox.earlier(subject)).toEqual(NO_PROOF);
    await stop(STOPPED_AT);
    await stop(CREATED_AT - 1);
    expect(await inbox.earlier(subject)).toEqual(STOPPED);
  });

  it('of a stream that stopped before the cancellation was there is none of its own', async () => {
    const awaited = inbox.watch(subject).until(isStopped, LONG);
    await stop(CREATED_AT - 1);
    await stop(STOPPED_AT);
    expect(await awaited).toEqual(STOPPED);
  });

  it('is awaited until it is enough', async () => {
    const watch = inbox.watch(subject);
    const both = watch.until(isBoth, LONG);
    const fetched = watch.until(isFetched, LONG);
    await fetch();
    expect(await fetched).toEqual(FETCHED);
    await stop();
    expect(await both).toEqual(BOTH);
    expect(await watch.until(isStopped, LONG)).toEqual(BOTH);
  });

  it('is what is known where it does not become enough in time', async () => {
    const watch = inbox.watch(subject);
    expect(await watch.until(isAny, 20)).toEqual(NO_PROOF);
    await fetch();
    expect(await watch.until(isBoth, 20)).toEqual(FETCHED);
    expect(await watch.until(isBoth, -1)).toEqual(FETCHED);
  });

  it('of one document is that of every cancellation in it', async () => {
    const other = newSubject();
    const awaited = [subject, other].map((one) => inbox.watch(one).until(isFetched, LONG));
    const ids = [subject.cancellationId, other.cancellationId];
    await recorder.documentFetched(ids, FETCHED_AT, Date.now() + 60_000);
    expect(await Promise.all(awaited)).toEqual([FETCHED, FETCHED]);
    expect(await inbox.earlier(other)).toEqual(FETCHED);
  });

  it.each(KINDS)(
    'is found at the end of the wait though its announcement was missed: $kind',
    async (given) => {
      const watch = inbox.watch(subject);
      await redis.set(given.mailbox(), given.at);
      expect(await watch.until(isAny, 20)).toEqual(given.proof);
    },
  );

  it.each(KINDS)('is caught up with once a broken subscription is whole again: $kind', async (given) => {
    const awaited = inbox.watch(subject).until(isAny, LONG);
    await redis.set(given.mailbox(), given.at);
    const start = performance.now();
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await awaited).toEqual(given.proof);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it("is no longer awaited once its job is another worker's", async () => {
    const reason = new Error('the lock was lost');
    const lost = new AbortController();
    const awaited = inbox.watch(subject).until(isAny, LONG, lost.signal);
    lost.abort(reason);
    await expect(awaited).rejects.toBe(reason);
    await expect(inbox.watch(subject).until(isAny, LONG, lost.signal)).rejects.toBe(reason);
  });

  it('of one subject is not taken for that of another', async () => {
    const awaited = inbox.watch(newSubject()).until(isAny, 50);
    await fetch();
    await stop();
    expect(await awaited).toEqual(NO_PROOF);
  });

  it('goes to each of two watches of one subject, also when one of them is closed', async () => {
    const [first, second] = [inbox.watch(subject), inbox.watch(subject)];
    first.close();
    first.close();
    const awaited = second.until(isBoth, LONG);
    const start = performance.now();
    await fetch();
    await stop();
    expect(await awaited).toEqual(BOTH);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it('is heard after announcements that are none', async () => {
    const awaited = inbox.watch(subject).until(isFetched, LONG);
    for (const garbage of ['hello', 'null', '{"mailboxes":1}', `{"mailboxes":["${fetchedMailbox()}"]}`]) {
      await redis.publish(evidenceChannel(environment.QUEUE_PREFIX), garbage);
    }
    await fetch();
    expect(await awaited).toEqual(FETCHED);
  });

  it('is heard although its mailbox cannot be used', async () => {
    await subscribed();
    await redis.lpush(stopMailbox(), 'no time');
    const awaited = inbox.watch(subject).until(isStopped, LONG);
    const start = performance.now();
    await stop();
    expect(await awaited).toEqual(STOPPED);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it('is heard again after the subscription fell silent', { timeout: 40_000 }, async () => {
    const { hostname, port, username, password } = new URL(environment.REDIS_URL);
    const proxy = await TcpProxy.start(hostname, Number(port));
    onTestFinished(() => proxy.close());
    const url = `redis://${username}:${password}@127.0.0.1:${proxy.port}`;
    const REDIS_URL = password === '' ? `redis://127.0.0.1:${proxy.port}` : url;
    const proxied = Object.assign(new ServiceEnvironment(), environment, { REDIS_URL });
    const deafReadiness = new Readiness();
    const deaf = new EvidenceInbox(proxied, connection, deafReadiness, new EvidenceExchange());
    onTestFinished(() => deaf.onApplicationShutdown());
    deaf.onModuleInit();
    const isSubscribed = () => deafReadiness.expectations.get('evidence')?.();
    await vi.waitFor(() => expect(isSubscribed()).toBe(true));

    proxy.silence();
    await vi.waitFor(() => expect(isSubscribed()).toBe(false), { timeout: 20_000 });
    await vi.waitFor(() => expect(isSubscribed()).toBe(true), { timeout: 5000 });
    const awaited = deaf.watch(subject).until(isFetched, LONG);
    const start = performance.now();
    await fetch();
    expect(await awaited).toEqual(FETCHED);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it('of many fetches at a time is kept of each until its own link expires', async () => {
    const subjects = Array.from({ length: 20 }, newSubject);
    const awaited = subjects.map((one) => inbox.watch(one).until(isFetched, LONG));
    await subscribed();
    await Promise.all(
      subjects.map(({ cancellationId }, index) =>
        recorder.documentFetched(
          [cancellationId],
          FETCHED_AT + (index % 2),
          Date.now() + 60_000 + index * 60_000,
        ),
      ),
    );
    const fetched = (await Promise.all(awaited)).map(({ documentFetchedAt }) => documentFetchedAt);
    expect(fetched).toEqual(subjects.map((_, index) => FETCHED_AT + (index % 2)));
    const expiries = await Promise.all(
      subjects.map(({ cancellationId }) =>
        redis.pttl(evidenceMailbox(environment.QUEUE_PREFIX, cancellationId)),
      ),
    );
    expect(expiries.map((ms) => Math.ceil(ms / 60_000))).toEqual(subjects.map((_, index) => index + 1));
  });

  it('on its way is handed over before its process ends', async () => {
    void fetch();
    void stop();
    await recorder.onApplicationShutdown();
    expect(await inbox.earlier(subject)).toEqual(BOTH);
  });
});
