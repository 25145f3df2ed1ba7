import { Logger } from '@nestjs/common';
import { Queue, Worker } from 'bullmq';
import { Cluster } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RedisClient } from '../../src/platform/redis/connection/client.js';
import { connectWaiting } from '../../src/platform/redis/connection/connections.js';
import { changeWorker } from '../../src/queue/bullmq-worker.js';
import { CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import { ClusterTopology } from '../support/topologies/cluster.js';
import { ask } from '../support/topologies/node.js';
import { until } from '../support/topologies/until.js';

const PREFIX = '{test}';
const NODE_TIMEOUT_MS = 500;
/** Longer than a blocking command that was abandoned may be under way. */
const LONG_MS = 12_000;

/** Kills a master and its replica. @returns the master, once the others refuse to serve without it */
async function breakDown(topology: ClusterTopology) {
  const master = await topology.masterOf(PREFIX);
  const replica = await topology.replicaOf(master);
  await Promise.all([master.server.kill(), replica.server.kill()]);
  const others = topology.nodes.filter((node) => node !== master && node !== replica);
  await until('every node knows', async () => {
    const infos = await Promise.all(others.map(({ server }) => ask(server, 'CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes('cluster_state:fail'));
  });
  return master;
}

describe('a worker on a Redis Cluster that has lost a master', () => {
  let topology: ClusterTopology;
  let redis: RedisClient;
  let worker: Worker;
  const done = vi.fn<(name: string) => void>();
  beforeEach(async () => {
    Logger.overrideLogger(false);
    done.mockClear();
    topology = await ClusterTopology.start({ nodeTimeoutMs: NODE_TIMEOUT_MS });
    onTestFinished(() => topology.close());
    const nodes = topology.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
    redis = connectWaiting({ kind: 'cluster', nodes });
    const options = { connection: redis, prefix: PREFIX, autorun: false, drainDelay: 1 };
    worker = new Worker(CANCELLATIONS_QUEUE, async ({ name }) => done(name), options);
    worker.on('error', () => undefined);
    changeWorker(worker, { clock: { now: () => Date.now() }, onAnswer: () => undefined });
    onTestFinished(async () => {
      await worker.close(true);
      redis.disconnect();
    });
    await worker.waitUntilReady();
  });

  /** What the worker's blocking connection is doing. */
  const becomes = (...states: string[]) =>
    vi.waitUntil(async () => states.includes(String((await worker.backend.blockingClient)?.status)), {
      timeout: 30_000,
      interval: 5,
    });

  it('takes the next job once the cluster is well', async () => {
    void worker.run();
    const master = await breakDown(topology);
    await becomes('reconnecting', 'close');
    await master.server.start();
    const queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix: PREFIX });
    await queue.add('job', {});
    await vi.waitUntil(() => done.mock.calls.length > 0, { timeout: 30_000 });
    expect(done).toHaveBeenCalledExactlyOnceWith('job');
    await queue.close();
  });

  it('looks for jobs by itself until the command that BullMQ has abandoned is over', async () => {
    const { backend } = worker;
    const waiting = backend.waitForJob(1);
    const master = await breakDown(topology);
    expect(await waiting).toBeNull();
    await master.server.start();
    const sent = vi.spyOn(Cluster.prototype, 'sendCommand');
    onTestFinished(() => {
      sent.mockRestore();
    });
    const waits = () => sent.mock.calls.filter(([{ name }]) => name === 'bzpopmin').length;
    await vi.waitUntil(
      async () => {
        expect(await backend.waitForJob(1)).toBeNull();
        return (await backend.blockingClient)?.status === 'ready';
      },
      { timeout: 30_000, interval: 0 },
    );
    sent.mockClear();
    expect(await backend.waitForJob(1)).toBeNull();
    expect(waits()).toBe(0);
    const later = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + LONG_MS);
    const next = backend.waitForJob(1);
    await vi.waitUntil(() => waits() > 0);
    later.mockRestore();
    expect(await next).toBeNull();
  });
});
