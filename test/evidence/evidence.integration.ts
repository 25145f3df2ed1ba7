import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { NO_PROOF } from '../../src/cancellation/proof.js';
import type { Proof } from '../../src/cancellation/proof.js';
import { evidenceChannel, evidenceMailbox, stoppedMailbox } from '../../src/evidence/evidence.js';
import type { Subject } from '../../src/evidence/evidence.js';
import { fallbackEndKey, hasFallbackEnd } from '../../src/evidence/fallback-ends.js';
import { EvidenceInbox } from '../../src/evidence/evidence.inbox.js';
import { EvidenceRecorder } from '../../src/evidence/evidence.recorder.js';
import { Readiness } from '../../src/platform/health/readiness.js';
import { WorkerConnection } from '../../src/queue/connections/worker.connection.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { testVariables } from '../support/service.js';

const LONG = 15_000;

/** Of a run that keeps its job. */
const held = () => new AbortController().signal;
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

describe('evidence, on its way from the process that SignalWire reached to the run that waits', () => {
  let redis: Redis;
  let environment: ServiceEnvironment;
  let connection: WorkerConnection;
  let readiness: Readiness;
  let inbox: EvidenceInbox;
  let recorder: EvidenceRecorder;
  let subject: Subject;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    subject = newSubject();
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    redis = new Redis(inject('redisUrl'));
    connection = new WorkerConnection(environment, new Readiness());
    readiness = new Readiness();
    inbox = new EvidenceInbox(environment, connection, readiness);
    recorder = new EvidenceRecorder(environment);
    inbox.onModuleInit();
  });
  afterEach(async () => {
    for (const user of [inbox, connection, recorder]) await user.onApplicationShutdown();
    redis.disconnect();
  });

  const fetch = (at = FETCHED_AT, expiresAt = Date.now() + 60_000) =>
    recorder.documentFetched([subject.cancellationId], at, expiresAt, 'default');
  const stop = (at = STOPPED_AT) => recorder.streamStopped(subject.streamKeys, at);
  const subscribed = () => vi.waitFor(() => expect(readiness.expectations.get('evidence')?.()).toBe(true));
  const fetchedMailbox = () => evidenceMailbox(environment.QUEUE_PREFIX, subject.cancellationId);
  const stopMailbox = () => stoppedMailbox(environment.QUEUE_PREFIX, subject.streamKeys[0] ?? '');

  const KINDS = [
    { kind: 'a fetch', put: () => fetch(), mailbox: fetchedMailbox, at: FETCHED_AT, proof: FETCHED },
    { kind: 'a stop', put: () => stop(), mailbox: stopMailbox, at: STOPPED_AT, proof: STOPPED },
  ];

  it('of a stop before the cancellation counts for nothing, and is logged with its id, once for many', async () => {
    const lines: unknown[][] = [];
    const keep = (...line: unknown[]) => void lines.push(line);
    Logger.overrideLogger({ log: keep, warn: () => undefined, error: () => undefined });
    await subscribed();
    const watch = inbox.watch(subject);
    await stop(CREATED_AT - 1);
    await stop(CREATED_AT - 1);
    expect(await inbox.read(subject)).toEqual(NO_PROOF);
    await fetch();
    expect(await watch.until(isFetched, LONG, held())).toEqual(FETCHED);
    watch.close();
    const ignored = lines.filter(([message]) => String(message).startsWith('stream-stopped callback'));
    expect(ignored.map(([, fields]) => fields)).toMatchObject([
      { cancellationId: subject.cancellationId, createdAt: new Date(CREATED_AT) },
    ]);
  });

  it('of a fallback that lets the call end is kept as long as the cancellation', async () => {
    const { cancellationId: id } = subject;
    const { QUEUE_PREFIX, RETENTION_HOURS } = environment;
    expect(await hasFallbackEnd(redis, QUEUE_PREFIX, id)).toBe(false);
    const expiresAt = Date.now() + 60_000;
    await recorder.fallbackEndsCall([id], FETCHED_AT, expiresAt);
    expect(await hasFallbackEnd(redis, QUEUE_PREFIX, id)).toBe(true);
    const keptUntil = Number(await redis.call('PEXPIRETIME', fallbackEndKey(QUEUE_PREFIX, id)));
    expect(keptUntil).toBe(expiresAt + RETENTION_HOURS * 3_600_000);
  });

  it.each(KINDS)('reaches the run that waits: $kind', async ({ put, proof }) => {
    const awaited = inbox.watch(subject).until(isAny, LONG, held());
    const start = performance.now();
    await put();
    expect(await awaited).toEqual(proof);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it.each(KINDS)('is kept for a run that did not listen: $kind', async ({ put, proof }) => {
    await put();
    expect(await inbox.read(subject)).toEqual(proof);
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

  it('of a link that has expired is announced but not kept', async () => {
    await subscribed();
    const awaited = inbox.watch(subject).until(isFetched, LONG, held());
    await fetch(FETCHED_AT, Date.now() - 1);
    expect(await awaited).toEqual(FETCHED);
    expect(await redis.exists(fetchedMailbox())).toBe(0);
  });

  it('is the time of the first fetch', async () => {
    await fetch(FETCHED_AT);
    await fetch(FETCHED_AT + 1000);
    expect(await inbox.read(subject)).toEqual(FETCHED);
  });

  it('is the time of the latest stop, in whatever order they come', async () => {
    await stop(CREATED_AT - 1);
    expect(await inbox.read(subject)).toEqual(NO_PROOF);
    await stop(STOPPED_AT);
    await stop(CREATED_AT - 1);
    expect(await inbox.read(subject)).toEqual(STOPPED);
  });

  it('does not count where the stream stopped before the cancellation was accepted', async () => {
    const awaited = inbox.watch(subject).until(isStopped, LONG, held());
    await stop(CREATED_AT - 1);
    await stop(STOPPED_AT);
    expect(await awaited).toEqual(STOPPED);
  });

  it('is awaited until it is as strong as required', async () => {
    const watch = inbox.watch(subject);
    const both = watch.until(isBoth, LONG, held());
    const fetched = watch.until(isFetched, LONG, held());
    await fetch();
    expect(await fetched).toEqual(FETCHED);
    await stop();
    expect(await both).toEqual(BOTH);
    expect(await watch.until(isStopped, LONG, held())).toEqual(BOTH);
  });

  it('is what is known by the time that the wait is over', async () => {
    const watch = inbox.watch(subject);
    expect(await watch.until(isAny, 20, held())).toEqual(NO_PROOF);
    await fetch();
    expect(await watch.until(isBoth, 20, held())).toEqual(FETCHED);
    expect(await watch.until(isBoth, -1, held())).toEqual(FETCHED);
  });

  it('of one document counts for every cancellation in it', async () => {
    const other = newSubject();
    const awaited = [subject, other].map((one) => inbox.watch(one).until(isFetched, LONG, held()));
    const ids = [subject.cancellationId, other.cancellationId];
    await recorder.documentFetched(ids, FETCHED_AT, Date.now() + 60_000, 'default');
    expect(await Promise.all(awaited)).toEqual([FETCHED, FETCHED]);
    expect(await inbox.read(other)).toEqual(FETCHED);
  });

  it.each(KINDS)('is found at the end of the wait if its announcement was missed: $kind', async (given) => {
    await subscribed();
    const watch = inbox.watch(subject);
    await redis.set(given.mailbox(), given.at);
    expect(await watch.until(isAny, 20, held())).toEqual(given.proof);
  });

  it.each(KINDS)('is read once a broken subscription is restored: $kind', async (given) => {
    const awaited = inbox.watch(subject).until(isAny, LONG, held());
    await redis.set(given.mailbox(), given.at);
    const start = performance.now();
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await awaited).toEqual(given.proof);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it('is no longer awaited once the job is lost', async () => {
    const reason = new Error('the lock was lost');
    const lost = new AbortController();
    const awaited = inbox.watch(subject).until(isAny, LONG, lost.signal);
    lost.abort(reason);
    await expect(awaited).rejects.toBe(reason);
    await expect(inbox.watch(subject).until(isAny, LONG, lost.signal)).rejects.toBe(reason);
  });

  it('of one cancellation does not count for another', async () => {
    const awaited = inbox.watch(newSubject()).until(isAny, 50, held());
    await fetch();
    await stop();
    expect(await awaited).toEqual(NO_PROOF);
  });

  it('reaches a second run of the cancellation after the first one has ended', async () => {
    const [first, second] = [inbox.watch(subject), inbox.watch(subject)];
    first.close();
    first.close();
    const awaited = second.until(isBoth, LONG, held());
    const start = performance.now();
    await fetch();
    await stop();
    expect(await awaited).toEqual(BOTH);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it('is heard after messages that are no announcements', async () => {
    const awaited = inbox.watch(subject).until(isFetched, LONG, held());
    for (const garbage of ['hello', 'null', '{"mailboxes":1}', `{"mailboxes":["${fetchedMailbox()}"]}`]) {
      await redis.publish(evidenceChannel(environment.QUEUE_PREFIX), garbage);
    }
    await fetch();
    expect(await awaited).toEqual(FETCHED);
  });

  it('is heard even if its mailbox cannot be written', async () => {
    await subscribed();
    await redis.lpush(stopMailbox(), 'no time');
    const awaited = inbox.watch(subject).until(isStopped, LONG, held());
    const start = performance.now();
    await stop();
    expect(await awaited).toEqual(STOPPED);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it('is heard again after the subscription has gone silent', { timeout: 40_000 }, async () => {
    const { hostname, port, username, password } = new URL(inject('redisUrl'));
    const proxy = await TcpProxy.start(hostname, Number(port));
    onTestFinished(() => proxy.close());
    const url = `redis://${username}:${password}@127.0.0.1:${proxy.port}`;
    const REDIS_URL = password === '' ? `redis://127.0.0.1:${proxy.port}` : url;
    const proxied = Object.assign(new ServiceEnvironment(), environment, { REDIS_URL });
    const deafReadiness = new Readiness();
    const deaf = new EvidenceInbox(proxied, connection, deafReadiness);
    onTestFinished(() => deaf.onApplicationShutdown());
    deaf.onModuleInit();
    const isSubscribed = () => deafReadiness.expectations.get('evidence')?.();
    await vi.waitFor(() => expect(isSubscribed()).toBe(true));

    proxy.silence();
    await vi.waitFor(() => expect(isSubscribed()).toBe(false), { timeout: 20_000 });
    await vi.waitFor(() => expect(isSubscribed()).toBe(true), { timeout: 5000 });
    const awaited = deaf.watch(subject).until(isFetched, LONG, held());
    const start = performance.now();
    await fetch();
    expect(await awaited).toEqual(FETCHED);
    expect(performance.now() - start).toBeLessThan(LONG / 2);
  });

  it('of many fetches at once is kept until each link expires', async () => {
    const subjects = Array.from({ length: 20 }, newSubject);
    const awaited = subjects.map((one) => inbox.watch(one).until(isFetched, LONG, held()));
    await subscribed();
    await Promise.all(
      subjects.map(({ cancellationId }, index) =>
        recorder.documentFetched(
          [cancellationId],
          FETCHED_AT + (index % 2),
          Date.now() + 60_000 + index * 60_000,
          'default',
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

  it('is written before its process ends', async () => {
    void fetch();
    void stop();
    await recorder.onApplicationShutdown();
    expect(await inbox.read(subject)).toEqual(BOTH);
  });
});
