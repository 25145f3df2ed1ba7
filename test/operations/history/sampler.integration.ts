import { once } from 'node:events';
import { UnrecoverableError } from 'bullmq';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { EMPTY_RECORD } from '../../../src/cancellation/record.js';
import type { CancellationRecord } from '../../../src/cancellation/record.js';
import type { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { History } from '../../../src/operations/history/history.js';
import { INTERVAL_MS } from '../../../src/operations/history/sample.js';
import type { Sample } from '../../../src/operations/history/sample.js';
import { Sampler } from '../../../src/operations/history/sampler.js';
import { Readiness } from '../../../src/platform/health/readiness.js';
import { SharedClock } from '../../../src/platform/redis/shared-clock.js';
import { ApiConnection } from '../../../src/queue/connections/api.connection.js';
import { EndedJobsReader } from '../../../src/queue/finished/ended-jobs.js';
import { QueueCounter } from '../../../src/queue/queue-counts.js';
import { workerParts } from '../../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../../queue/fixtures/worker-parts.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** A clock that stands still at `time`, in milliseconds since an interval began. */
class StandingClock extends SharedClock {
  time = 0;

  override now(): number {
    return this.time;
  }

  override get isShared(): boolean {
    return true;
  }
}

const total = (samples: readonly Sample[], count: (sample: Sample) => number): number =>
  samples.reduce((sum, sample) => sum + count(sample), 0);

describe('the history of a queue', () => {
  let parts: WorkerParts;
  let proxy: TcpProxy;
  let connections: ApiConnection[];
  let clock: StandingClock;
  let start: number;

  beforeEach(async () => {
    parts = await workerParts();
    const { hostname, port } = new URL(inject('redisUrl'));
    proxy = await TcpProxy.start(hostname, Number(port));
    connections = [];
    clock = new StandingClock();
    start = Date.now();
    start -= start % INTERVAL_MS;
    clock.time = start;
  });
  afterEach(async () => {
    for (const connection of connections) connection.onApplicationShutdown();
    await parts.close();
    await proxy.close();
  });

  /** What a process with the role `api` has for it. */
  async function apiProcess() {
    const REDIS_URL = `redis://127.0.0.1:${proxy.port}`;
    const environment = Object.assign(Object.create(parts.environment) as ServiceEnvironment, { REDIS_URL });
    const connection = new ApiConnection(environment, new Readiness());
    connections.push(connection);
    await connection.onModuleInit();
    const history = new History(connection, clock, environment);
    const sampler = new Sampler(
      new QueueCounter(parts.queue, connection, clock),
      new EndedJobsReader(parts.queue, connection),
      history,
      connection,
      clock,
    );
    return { connection, history, sampler };
  }

  /** Lets so many intervals pass, and a second. */
  const pass = (intervals: number): void => {
    clock.time = start + intervals * INTERVAL_MS + 1000;
  };

  async function end(result: Partial<CancellationRecord> | string): Promise<void> {
    await parts.add();
    const job = await parts.take();
    if (typeof result === 'string') await job.moveToFailed(new UnrecoverableError(result), 'token', false);
    else await job.moveToCompleted({ ...EMPTY_RECORD, ...result }, 'token', false);
  }

  it('has what ended in each interval, how, and how soon its streams were stopped', async () => {
    const { history, sampler } = await apiProcess();
    await end({ acceptedAt: Date.now(), documentFetchedAt: Date.now() + 1000 });
    await end({ acceptedAt: Date.now(), callEnded: true });
    await end({ acceptedAt: Date.now(), saidStoppedAt: Date.now() });
    await end('failed: no evidence followed the only attempt (not_confirmed)');
    await end('expired: SignalWire answered 503 to the last of 5 attempts (provider_error)');
    await end('withdrawn');
    await parts.add();
    await parts.add({}, 60_000);
    // A busy machine may have needed more than one interval.
    for (const intervals of [1, 2, 3]) {
      pass(intervals);
      await sampler.look();
    }
    const samples = await history.recent();
    expect(samples.map(({ at }) => at)).toEqual(
      [1, 2, 3].map((intervals) => start + intervals * INTERVAL_MS),
    );
    for (const status of ['failed', 'expired', 'withdrawn'] as const)
      expect(total(samples, ({ outcomes }) => outcomes[status])).toBe(1);
    expect(total(samples, ({ outcomes }) => outcomes.succeeded)).toBe(3);
    expect(total(samples, ({ timeToStop }) => timeToStop.count)).toBe(2);
    const [p99Ms = 0] = samples.flatMap(({ timeToStop }) => timeToStop.p99Ms ?? []);
    expect(p99Ms).toBeGreaterThanOrEqual(500);
    expect(samples[0]).toMatchObject({
      waiting: 1,
      delayed: 1,
      active: 0,
      oldestReadyAgeMs: expect.any(Number) as number,
    });
  });

  it('has one sample for an interval, however many processes take one', async () => {
    const processes = [await apiProcess(), await apiProcess(), await apiProcess()];
    await end({});
    for (const intervals of [1, 2, 3]) {
      pass(intervals);
      await Promise.all(processes.map(({ sampler }) => sampler.look()));
      await Promise.all(processes.map(({ sampler }) => sampler.look()));
    }
    for (const { history } of processes) {
      const samples = await history.recent();
      expect(samples).toHaveLength(3);
      expect(total(samples, ({ outcomes }) => outcomes.succeeded)).toBe(1);
    }
  });

  it('has no samples of the time in which Redis was away', async () => {
    const { connection, history, sampler } = await apiProcess();
    pass(1);
    await sampler.look();
    await proxy.refuse();
    await vi.waitFor(() => expect(connection.isReady).toBe(false));
    pass(2);
    await sampler.look();
    await proxy.open();
    await once(connection.redis, 'ready');
    pass(4);
    await sampler.look();
    expect((await history.recent()).map(({ at }) => (at - start) / INTERVAL_MS)).toEqual([1, 4]);
  });

  it('has the last 15 minutes, and keeps no more', async () => {
    const { history, sampler } = await apiProcess();
    for (let intervals = 1; intervals <= 100; intervals += 1) {
      pass(intervals);
      await sampler.look();
    }
    const samples = await history.recent();
    expect(samples).toHaveLength(90);
    expect(samples.at(-1)?.at).toBe(start + 100 * INTERVAL_MS);
    expect(await parts.redis.llen(`${parts.prefix}:history`)).toBe(90);
    pass(130);
    expect(await history.recent()).toHaveLength(60);
  });
});
