import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Admission } from '../../src/gate/admission.js';
import type { SentAttempt } from '../../src/worker/attempts.js';
import type { Attempt } from '../../src/cancellation/record.js';
import { CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from '../../src/queue/cancellations.queue.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { SharedClock } from '../../src/platform/redis/shared-clock.js';
import { WorkerConnection } from '../../src/queue/worker.connection.js';
import { testProject } from '../projects/fixtures/project.js';
import { testVariables } from '../support/service.js';

const PROJECT = testProject('default');
const JOB = { id: 'job', data: { createdAt: 0, deadline: 8.64e15 } } as CancellationJob;

/** Of those that were let through at a time, before anything had failed. */
const LET_THROUGH = { kind: 'open', isTroubled: false } as const;

const taken = (count: number) => Array.from({ length: count }, () => 'accepted' as const);

const sent = (outcome: Attempt['outcome']): SentAttempt => ({
  attempt: {
    number: 1,
    startedAt: 1,
    durationMs: 1,
    outcome,
    httpStatus: null,
    providerCode: null,
    message: null,
  },
  refusal: null,
  saidStopped: false,
});

describe('what attempts that were let through together say of their project', () => {
  let redis: Redis;
  let connection: WorkerConnection;
  let queue: CancellationQueue;
  let admission: Admission;

  beforeEach(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    connection = new WorkerConnection(environment);
    queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix: environment.QUEUE_PREFIX });
    admission = new Admission(queue, connection, environment, new SharedClock());
  });
  afterEach(async () => {
    await queue.close();
    connection.onApplicationShutdown();
    redis.disconnect();
  });

  /** Each of another call. */
  async function come(...outcomes: Attempt['outcome'][]): Promise<void> {
    for (const outcome of outcomes) await admission.learn(PROJECT, randomUUID(), LET_THROUGH, sent(outcome));
  }
  const stateOf = async () => {
    const admitted = await admission.ask(PROJECT, JOB, true, null);
    return 'waitingFor' in admitted ? admitted.waitingFor : 'working';
  };

  it('is no outage where each failure is followed by one that was taken', async () => {
    for (let failure = 0; failure < 10; failure += 1) await come('provider_error', 'accepted');
    expect(await stateOf()).toBe('working');
  });

  it('is an outage where five failed one after the other', async () => {
    await come('accepted', ...Array.from({ length: 5 }, () => 'provider_error' as const));
    expect(await stateOf()).toBe('unavailable');
  });

  it('is no reason to wait where few of many were throttled, and is where the next one is too', async () => {
    await come(...taken(25), 'rate_limited', ...taken(25), 'rate_limited');
    expect(await stateOf()).toBe('working');
    await come('rate_limited');
    expect(await stateOf()).toBe('throttled');
  });

  it('stops the project at the first sign of refused credentials', async () => {
    await come(...taken(30), 'unauthorized');
    expect(await stateOf()).toBe('unauthorized');
  });
});
