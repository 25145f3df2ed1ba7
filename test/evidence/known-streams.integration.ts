import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { EvidenceExchange } from '../../src/evidence/evidence.exchange.js';
import { EvidenceRecorder } from '../../src/evidence/evidence.recorder.js';
import {
  endedStreamsKey,
  KNOWN_FOR_MS,
  knownStreams,
  knownStreamsKey,
  MAX_KNOWN_STREAMS,
  MAX_UNSIGNED_STREAMS,
} from '../../src/evidence/known-streams.js';
import { MAX_UNSIGNED_KEYS, unsignedIndex } from '../../src/evidence/unsigned-keys.js';
import { SharedClock } from '../../src/platform/redis/shared-clock.js';
import { testVariables } from '../support/service.js';

const T0 = 1_790_000_000_000;

describe('the streams of a call that status callbacks have told of', () => {
  let redis: Redis;
  let prefix: string;
  let recorder: EvidenceRecorder;
  let callKey: string;

  beforeEach(async () => {
    callKey = randomUUID();
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    prefix = environment.QUEUE_PREFIX;
    redis = new Redis(inject('redisUrl'));
    recorder = new EvidenceRecorder(environment, new SharedClock(), new EvidenceExchange());
  });
  afterEach(async () => {
    await recorder.onApplicationShutdown();
    redis.disconnect();
  });

  const started = (streamName: string, streamSid: string, at = T0, isGenuine = true) =>
    recorder.streamStarted({ callKey, streamName, streamSid }, at, isGenuine);
  const ended = (streamName: string, streamSid: string, at = T0, isGenuine = true) =>
    recorder.streamEnded({ callKey, streamName, streamSid }, at, isGenuine);
  const known = async (now = T0) => [...(await knownStreams(redis, prefix, callKey, now))];

  it('are those that started and did not end, in the order of their starts', async () => {
    await started('second', 's2', T0 + 2);
    await started('a name & more', 's1', T0 + 1);
    await started('over', 's3', T0 + 3);
    await ended('over', 's3');
    expect(await known()).toEqual([
      ['a name & more', 's1'],
      ['second', 's2'],
    ]);
  });

  it('have no stream whose end was told before its start', async () => {
    await ended('stream', 's1');
    await started('stream', 's1');
    expect(await known()).toEqual([]);
  });

  it('keep a stream when an earlier one of its name ends late, or fails to start beside it', async () => {
    await started('stream', 's1');
    await started('stream', 's2', T0 + 5);
    await ended('stream', 's1', T0 + 4);
    await ended('stream', 's3', T0 + 9);
    expect(await known()).toEqual([['stream', 's2']]);
  });

  it('have of one name the stream that started last, in whichever order that is told', async () => {
    await started('stream', 's2', T0 + 5);
    await started('stream', 's1', T0);
    expect(await known()).toEqual([['stream', 's2']]);
  });

  it('have no stream that started a day ago, though others have started since', async () => {
    await started('old', 's1');
    await started('new', 's2', T0 + 1);
    expect(await known(T0 + KNOWN_FOR_MS)).toEqual([['new', 's2']]);
    await started('newest', 's3', T0 + KNOWN_FOR_MS);
    expect((await redis.hkeys(knownStreamsKey(prefix, callKey))).toSorted()).toEqual(['new', 'newest']);
  });

  it('leave out the oldest where they would be too many', async () => {
    for (let index = 1; index <= MAX_KNOWN_STREAMS; index += 1)
      await started(`${index}`, `s${index}`, T0 + index);
    await started('late', 'sl', T0);
    await started('1', 'again', T0 + 500);
    await started('new', 'sn', T0 + 1000);
    const names = (await known()).map(([name]) => name);
    expect(names).toHaveLength(MAX_KNOWN_STREAMS);
    expect([names[0], ...names.slice(-2)]).toEqual(['3', '1', 'new']);
  });

  it('have none of a SID that is over, under whatever name it was told', async () => {
    await started('stream', 's1');
    await ended('another name', 's1');
    expect(await known()).toEqual([]);
  });

  it('are no more than a bounded number, and not for longer than a day', async () => {
    for (let index = 0; index <= MAX_KNOWN_STREAMS; index += 1) await started(`${index}`, `s${index}`);
    for (let index = 0; index <= MAX_KNOWN_STREAMS; index += 1) await ended(`none ${index}`, `n${index}`);
    const keys = await redis.keys(`${prefix}:streams*`);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      const isHash = (await redis.type(key)) === 'hash';
      expect(await (isHash ? redis.hlen(key) : redis.zcard(key))).toBe(MAX_KNOWN_STREAMS);
      expect(await redis.pttl(key)).toBeGreaterThan(86_000_000);
      expect(await redis.pttl(key)).toBeLessThanOrEqual(86_400_000);
    }
  });

  it('are fewer where nothing shows that it was SignalWire who told', async () => {
    for (let index = 0; index <= MAX_UNSIGNED_STREAMS; index += 1) {
      await started(`${index}`, `s${index}`, T0, false);
      await ended(`none ${index}`, `n${index}`, T0, false);
    }
    expect(await known()).toHaveLength(MAX_UNSIGNED_STREAMS);
    expect(await redis.zcard(endedStreamsKey(prefix, callKey))).toBe(MAX_UNSIGNED_STREAMS);
  });
});

const stream = (callKey: string) => ({ callKey, streamName: 'stream', streamSid: `sid-${callKey}` });

const crowd = (count: number, each: (name: string) => Promise<void>) =>
  Promise.all(Array.from({ length: count }, (_, index) => each(`flood ${index}`)));

describe('what callbacks say that nothing shows to be from SignalWire', () => {
  let redis: Redis;
  let prefix: string;
  let recorder: EvidenceRecorder;
  beforeEach(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    prefix = environment.QUEUE_PREFIX;
    redis = new Redis(inject('redisUrl'));
    recorder = new EvidenceRecorder(environment, new SharedClock(), new EvidenceExchange());
  });
  afterEach(async () => {
    await recorder.onApplicationShutdown();
    redis.disconnect();
  });

  const keysOf = async (kind: string) => (await redis.keys(`${prefix}:${kind}:*`)).toSorted();

  it('takes no more than so many keys, however many calls are named: the oldest go', async () => {
    await recorder.streamStarted(stream('genuine'), T0, true);
    await recorder.streamStarted(stream('first'), T0, false);
    await crowd(MAX_UNSIGNED_KEYS.known, (name) => recorder.streamStarted(stream(name), T0, false));
    const kept = await keysOf('streams');
    expect(kept).toHaveLength(MAX_UNSIGNED_KEYS.known + 1);
    expect(kept).toContain(knownStreamsKey(prefix, 'genuine'));
    expect(kept).not.toContain(knownStreamsKey(prefix, 'first'));
  });

  it('leaves the place of a call whose streams are over to another', async () => {
    await recorder.streamStarted(stream('over'), T0, false);
    await recorder.streamEnded(stream('over'), T0, false);
    await recorder.streamStarted(stream('running'), T0, false);
    expect(await redis.zrange(unsignedIndex(prefix, 'known'), '0', '-1')).toEqual([
      knownStreamsKey(prefix, 'running'),
    ]);
  });

  it('takes no more than so many keys of streams that are over', async () => {
    await recorder.streamStopped(['genuine'], T0, true);
    for (let part = 0; part < 3; part += 1)
      await crowd(MAX_UNSIGNED_KEYS.over / 2, (name) =>
        part === 0
          ? recorder.streamEnded(stream(name), T0, false)
          : recorder.streamStopped([`${part} ${name}`], T0, false),
      );
    expect(await keysOf('streams-ended')).toEqual([]);
    expect(await keysOf('stopped')).toHaveLength(MAX_UNSIGNED_KEYS.over + 1);
  }, 60_000);
});
