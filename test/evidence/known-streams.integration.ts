import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { EvidenceRecorder } from '../../src/evidence/evidence.recorder.js';
import { knownStreams, MAX_KNOWN_STREAMS } from '../../src/evidence/known-streams.js';
import { SharedClock } from '../../src/redis/shared-clock.js';
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
    recorder = new EvidenceRecorder(environment, new SharedClock());
  });
  afterEach(async () => {
    await recorder.onApplicationShutdown();
    redis.disconnect();
  });

  const started = (streamName: string, streamSid: string, at = T0) =>
    recorder.streamStarted({ callKey, streamName, streamSid }, at);
  const ended = (streamName: string, streamSid: string, at = T0) =>
    recorder.streamEnded({ callKey, streamName, streamSid }, at);
  const known = async () => [...(await knownStreams(redis, prefix, callKey))];

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
});
