import { once } from 'node:events';
import { inject, expect, it, onTestFinished } from 'vitest';
import type { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { Readiness } from '../../../src/platform/health/readiness.js';
import { ApiConnection } from '../../../src/queue/connections/api.connection.js';
import { WorkerConnection } from '../../../src/queue/connections/worker.connection.js';

it.each(['api', 'worker'] as const)(
  'a process with both roles is ready only while the connection of the %s is there',
  async (lost) => {
    const environment = { REDIS_URL: inject('redisUrl'), QUEUE_PREFIX: '{ready}' } as ServiceEnvironment;
    const readiness = new Readiness();
    const roles = {
      api: new ApiConnection(environment, readiness),
      worker: new WorkerConnection(environment, readiness),
    };
    const connections = [roles.api, roles.worker];
    onTestFinished(() => connections.forEach((connection) => connection.onApplicationShutdown()));
    await Promise.all(connections.map(({ redis }) => once(redis, 'ready')));
    const redis = async (): Promise<unknown> => readiness.expectations.get('redis')?.();
    expect(await redis()).toBe(true);

    roles[lost].redis.disconnect();
    await once(roles[lost].redis, 'end');
    await expect(redis()).rejects.toThrow('127.0.0.1:');
  },
);
