import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { EvidenceRecorder } from '../../src/evidence/evidence.recorder.js';
import {
  KNOWN_FOR_MS,
  knownStreams,
  knownStreamsKey,
  MAX_KNOWN_STREAMS,
} from '../../src/evidence/known-streams.js';
import { testVariables } from '../support/service.js';

const T0 = 1_790_000_000_000;

describe('the known streams of a call', () => {
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
    recorder = new EvidenceRecorder(environment);
  });
  afterEach(async () => {
    await recorder.onApplicationShutdown();
    redis.disconnect();
  });

  const started = (streamName: string, streamSid: string, at = T0) =>
    recorder.streamStarted({ callKey, streamName, streamSid }, at);
  const ended = (streamName: string, streamSid: string, at = T0) =>
    recorder.streamEnded({ callKey, streamName, streamSid }, at);
  const known = async (now = T0) => [...(await knownStreams(redis, prefix, callKey, now))];

  it('are those that started and have not ended, in the order of their starts', async () => {
    await started('second', 's2', T0 + 2);
    await started('a name & more', 's1', T0 + 1);
    await started('over', 's3', T0 + 3);
    await ended('over', 's3');
    expect(await known()).toEqual([
      ['a name & more', 's1'],
      ['second', 's2'],
    ]);
  });

  it('leave out a stream whose end was reported before its start', async () => {
    await ended('stream', 's1');
    await started('stream', 's1');
    expect(await known()).toEqual([]);
  });

  it('keep a stream when another one of the same name ends late or fails to start', async () => {
    await started('stream', 's1');
    await started('stream', 's2', T0 + 5);
    await ended('stream', 's1', T0 + 4);
    await ended('stream', 's3', T0 + 9);
    expect(await known()).toEqual([['stream', 's2']]);
  });

  it('keep the latest stream of a name, whatever the order of the callbacks', async () => {
    await started('stream', 's2', T0 + 5);
    await started('stream', 's1', T0);
    expect(await known()).toEqual([['stream', 's2']]);
  });

  it('leave out a stream that started a day ago', async () => {
    await started('old', 's1');
    await started('new', 's2', T0 + 1);
    expect(await known(T0 + KNOWN_FOR_MS)).toEqual([['new', 's2']]);
    await started('newest', 's3', T0 + KNOWN_FOR_MS);
    expect((await redis.hkeys(knownStreamsKey(prefix, callKey))).toSorted()).toEqual(['new', 'newest']);
  });

  it('leave out the oldest if there are too many', async () => {
    for (let index = 1; index <= MAX_KNOWN_STREAMS; index += 1)
      await started(`${index}`, `s${index}`, T0 + index);
    await started('late', 'sl', T0);
    await started('1', 'again', T0 + 500);
    await started('new', 'sn', T0 + 1000);
    const names = (await known()).map(([name]) => name);
    expect(names).toHaveLength(MAX_KNOWN_STREAMS);
    expect([names[0], ...names.slice(-2)]).toEqual(['3', '1', 'new']);
  });

  it('leave out a SID that ended under another name', async () => {
    await started('stream', 's1');
    await ended('another name', 's1');
    expect(await known()).toEqual([]);
  });

  it('are bounded in number and kept for a day', async () => {
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
});
