import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { WorkerWatch } from '../../src/operations/worker-watch.js';
import { Readiness } from '../../src/platform/health/readiness.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { ApiConnection } from '../../src/queue/connections/api.connection.js';
import { giveWorkerSign } from '../../src/queue/connections/worker-sign.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { testVariables } from '../support/service.js';

const NOWHERE = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };

/** A Redis of its own, on a busy machine. */
const STARTS_WITHIN_MS = 30_000;

describe('a queue without a worker', () => {
  let readiness: Readiness;
  let metrics: Metrics;
  let connection: ApiConnection;
  let environment: ServiceEnvironment;
  let watch: WorkerWatch;
  let redis: Awaited<ReturnType<typeof ownRedis>>;
  let start: number;

  beforeEach(async () => {
    redis = await ownRedis();
    const variables = { ...(await testVariables(NOWHERE)), REDIS_URL: redis.url };
    environment = readEnvironment(ServiceEnvironment, variables);
    readiness = new Readiness();
    metrics = new Metrics();
    connection = new ApiConnection(environment, readiness);
    onTestFinished(() => connection.onApplicationShutdown());
    await connection.onModuleInit();
    watch = new WorkerWatch(connection, environment, readiness, metrics);
    // Whole, so that differences are exact.
    start = Math.ceil(performance.now());
  }, STARTS_WITHIN_MS);

  /** A worker is there, for as long as the test takes. */
  const workerComes = async (): Promise<void> => {
    await giveWorkerSign(connection, environment.QUEUE_PREFIX);
    for (const key of await connection.redis.keys(`${environment.QUEUE_PREFIX}:*`))
      await connection.redis.persist(key);
  };
  /** What the readiness and the metric say. */
  const looked = async (afterMs: number) => {
    await watch.look(start + afterMs);
    const [, missing] = /^streamstop_worker_missing (.*)$/m.exec(await metrics.scrape()) ?? [];
    return { worry: readiness.worries.get('worker')?.(), missing };
  };
  const MISSING = { worry: expect.stringContaining('no worker for 30 s') as string, missing: '1' };
  const FINE = { worry: null, missing: '0' };

  it('is reported after 30 s, and no more once a worker is there', async () => {
    await workerComes();
    expect(await looked(0)).toEqual(FINE);
    await connection.redis.flushall();
    expect(await looked(29_000)).toEqual(FINE);
    expect(await looked(30_000)).toEqual(MISSING);
    await workerComes();
    expect(await looked(31_000)).toEqual(FINE);
  });

  it('is not reported while Redis is away', async () => {
    await redis.kill();
    expect(await looked(60_000)).toEqual(FINE);
  });
});
