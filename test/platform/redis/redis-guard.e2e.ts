import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RedisServer } from '../../../src/demo/redis/redis-server.js';
import { freePort } from '../../../src/demo/free-port.js';
import { SCHEMA_VERSION } from '../../../src/schema-version.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';
import { run, stop } from '../../support/program.js';
import { startTestService, testVariables } from '../../support/service.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const REFUSAL = 'Redis may evict jobs: its maxmemory-policy is allkeys-lru';

/** It checks every 5 s. */
const NOTICED_WITHIN_MS = 10_000;

/** A process takes seconds to start on a busy machine. */
const SLOW = { timeout: 60_000 };

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ log: false });
});
afterAll(() => simulator.close());

describe('a process whose Redis may evict keys', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await ownRedis({ appendOnly: true });
    const admin = new Redis(redis.url);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    admin.disconnect();
  });

  const variables = async (overrides: Record<string, string> = {}) => ({
    ...(await testVariables(simulator)),
    REDIS_URL: redis.url,
    LOG_LEVEL: 'info',
    ...overrides,
  });

  it.each(['api', 'worker'])('refuses to start as %s and says what to do', async (role) => {
    const end = await run(await variables({ ROLES: role })).end();
    expect(end).toMatchObject({ exitCode: 1, output: [] });
    expect(end.errors).toContain(REFUSAL);
    expect(end.errors.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    { variable: 'ROLES', value: 'documents', warnings: 0 },
    { variable: 'ALLOW_UNSAFE_REDIS', value: 'true', warnings: 1 },
  ])('starts with $variable=$value', async ({ variable, value, warnings }) => {
    const service = run(await variables({ [variable]: value }));
    await service.logged('started');
    const { output, exitCode } = await stop(service, 'SIGTERM');
    expect(exitCode).toBe(0);
    expect(output.filter((line) => line.includes(REFUSAL))).toHaveLength(warnings);
  });

  it('ends once Redis appears, if it was away at the start', SLOW, async () => {
    const port = await freePort();
    const service = run(await variables({ REDIS_URL: `redis://127.0.0.1:${port}` }));
    await service.logged('started');
    const proxy = await TcpProxy.start('127.0.0.1', redis.port, port);
    onTestFinished(() => proxy.close());
    const { exitCode, output } = await service.end();
    expect(exitCode).toBe(1);
    expect(output.join('\n')).toMatch(new RegExp(`"level":"fatal".*${REFUSAL}`));
  });
});

describe('a process whose REDIS_URL names a database that Redis does not have', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await ownRedis({ appendOnly: true });
  });

  const writtenTo = async (): Promise<unknown> => {
    const admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
    return { keys: await admin.keys('*'), keyspace: await admin.info('keyspace') };
  };
  const NOTHING = { keys: [], keyspace: '# Keyspace\r\n' };

  it.each(['worker', 'documents'])('refuses to start as %s, and writes nothing', SLOW, async (ROLES) => {
    const variables = { ...(await testVariables(simulator)), REDIS_URL: `${redis.url}/99`, ROLES };
    const { exitCode, output, errors } = await run(variables).end();
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: [] });
    expect(errors).toMatch(/^Redis refuses the database that REDIS_URL ends with: .*out of range.*\n$/);
    expect(await writtenTo()).toEqual(NOTHING);
  });

  it('ends once Redis appears, and writes nothing', SLOW, async () => {
    const port = await freePort();
    const REDIS_URL = `redis://127.0.0.1:${port}/99`;
    const service = run({ ...(await testVariables(simulator)), REDIS_URL, LOG_LEVEL: 'info' });
    await service.logged('started');
    const proxy = await TcpProxy.start('127.0.0.1', redis.port, port);
    onTestFinished(() => proxy.close());
    const { exitCode, output } = await service.end();
    expect(exitCode).toBe(1);
    expect(output.join('\n')).toMatch(/"level":"fatal".*Redis refuses the database/);
    expect(await writtenTo()).toEqual(NOTHING);
  });
});

describe('a process that never reaches Redis', () => {
  it('says once where it looks and what to do, and so does its readiness', SLOW, async () => {
    const port = await freePort();
    const REDIS_URL = `redis://:PASSWORD@127.0.0.1:${port}`;
    const service = run({ ...(await testVariables(simulator)), REDIS_URL, LOG_LEVEL: 'info' });
    const { api = '' } = await service.logged('started');
    const reason = `nothing listens at 127.0.0.1:${port}: start Redis there, or correct REDIS_URL`;
    const ready = await (await fetch(`${api}/health/ready`)).json();
    expect(ready).toMatchObject({
      error: { redis: { status: 'down', message: expect.stringContaining(reason) as string } },
    });
    const { output } = await stop(service, 'SIGTERM');
    expect(output.filter((line) => line.includes('"level":"warn"') && line.includes(reason))).toHaveLength(1);
    expect(output.filter((line) => line.includes(reason))).toHaveLength(1);
    expect(output.join('\n') + JSON.stringify(ready)).not.toContain('PASSWORD');
  });
});

describe('a process whose Redis loses its data', () => {
  it('counts a flush and a restart without persistence, and writes its version again', SLOW, async () => {
    const redis = await ownRedis();
    const service = await startTestService({ REDIS_URL: redis.url }, simulator);
    onTestFinished(() => service.close());
    const admin = new Redis(redis.url);
    admin.on('error', () => undefined);
    onTestFinished(() => admin.disconnect());
    const expectLosses = (count: number) =>
      vi.waitFor(
        async () => {
          const metrics = await (await service.api.request('/metrics')).text();
          expect(metrics).toContain(`\nstreamstop_redis_data_lost_total ${count}\n`);
        },
        { timeout: NOTICED_WITHIN_MS, interval: 100 },
      );

    await expectLosses(0);
    await admin.flushall();
    await expectLosses(1);
    expect(await admin.get(`${service.variables.QUEUE_PREFIX}:schema`)).toBe(String(SCHEMA_VERSION));
    await redis.kill();
    await redis.start();
    await expectLosses(2);
  });
});
