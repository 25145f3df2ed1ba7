import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { SCHEMA_VERSION } from '../../../../src/schema-version.js';
import { startSimulator } from '../../../../src/simulator/simulator.js';
import type { Simulator } from '../../../../src/simulator/simulator.js';
import { run } from '../../../support/program.js';
import { testVariables } from '../../../support/service.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';

const NEWER = String(SCHEMA_VERSION + 1);
const REFUSAL = 'The data in Redis has a newer schema version';

/** A process takes seconds to start on a busy machine. */
const SLOW = { timeout: 60_000 };

describe('a process', () => {
  let simulator: Simulator;
  let admin: Redis;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
    admin = new Redis(inject('redisUrl'));
  });
  afterAll(async () => {
    admin.disconnect();
    await simulator.close();
  });

  it.each(['api', 'worker', 'documents'])(
    'refuses data of a newer schema version as %s, in one line, and writes nothing',
    SLOW,
    async (ROLES) => {
      const variables = { ...(await testVariables(simulator)), ROLES };
      const key = `${variables.QUEUE_PREFIX}:schema`;
      await admin.set(key, NEWER);
      const { exitCode, output, errors } = await run(variables).end();
      expect({ exitCode, output }).toEqual({ exitCode: 1, output: [] });
      expect(errors.trim().split('\n')).toEqual([expect.stringContaining(REFUSAL)]);
      expect(await admin.keys(`${variables.QUEUE_PREFIX}:*`)).toEqual([key]);
    },
  );

  it.each(['api,worker', 'documents'])(
    'ends as %s when a newer version has taken over while it was cut off from Redis',
    SLOW,
    async (ROLES) => {
      const url = new URL(inject('redisUrl'));
      const proxy = await TcpProxy.start(url.hostname, Number(url.port));
      onTestFinished(() => proxy.close());
      url.host = `127.0.0.1:${proxy.port}`;
      const variables = {
        ...(await testVariables(simulator)),
        REDIS_URL: url.href,
        ROLES,
        LOG_LEVEL: 'info',
      };
      const service = run(variables);
      await service.logged('started');
      await proxy.refuse();
      await admin.set(`${variables.QUEUE_PREFIX}:schema`, NEWER);
      await proxy.open();
      const { exitCode, output } = await service.end();
      expect(exitCode).toBe(1);
      expect(output.join('\n')).toMatch(new RegExp(`"level":"fatal".*${REFUSAL}`));
    },
  );
});
