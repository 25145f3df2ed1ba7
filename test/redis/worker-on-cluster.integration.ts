import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { Worker } from 'bullmq';
import { Cluster } from 'ioredis';
import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectWaiting } from '../../src/platform/redis/connection/connections.js';
import { changeWorker } from '../../src/queue/bullmq-worker.js';
import { CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import { ClusterTopology } from '../support/topologies/cluster.js';
import { ask } from '../support/topologies/node.js';
import { until } from '../support/topologies/until.js';

const PREFIX = '{test}';
const NODE_TIMEOUT_MS = 500;

async function startWorker(topology: ClusterTopology): Promise<Worker> {
  const nodes = topology.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  const redis = connectWaiting({ kind: 'cluster', nodes });
  const worker = new Worker(CANCELLATIONS_QUEUE, null, { connection: redis, prefix: PREFIX });
  worker.on('error', () => undefined);
  changeWorker(worker, { clock: { now: () => Date.now() }, onAnswer: () => undefined });
  onTestFinished(async () => {
    await worker.close(true);
    redis.disconnect();
  });
  await worker.waitUntilReady();
  return worker;
}

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
  let worker: Worker;
  beforeEach(async () => {
    Logger.overrideLogger(false);
    topology = await ClusterTopology.start({ nodeTimeoutMs: NODE_TIMEOUT_MS });
    onTestFinished(() => topology.close());
    worker = await startWorker(topology);
  });

  it('has its blocking connection again once the cluster is well', async () => {
    const { backend } = worker;
    const master = await breakDown(topology);
    await backend.disconnectBlocking();
    const client = (await backend.blockingClient) as unknown as EventEmitter;
    const reconnected = backend.reconnectBlocking();
    // The first attempt has failed.
    await once(client, 'reconnecting');
    await master.server.start();
    await reconnected;
    expect((await backend.blockingClient)?.status).toBe('ready');
  });

  it('looks for jobs by itself while an earlier question, on which BullMQ has given up, may take the news', async () => {
    const { backend } = worker;
    const client = (await backend.blockingClient) as unknown as EventEmitter;
    const given = backend.waitForJob(1);
    const master = await breakDown(topology);
    await once(client, 'reconnecting');
    await master.server.start();
    expect(await given).toBeNull();
    const sent = vi.spyOn(Cluster.prototype, 'sendCommand');
    expect(await backend.waitForJob(1)).toBeNull();
    expect(sent.mock.calls.filter(([{ name }]) => name === 'bzpopmin')).toEqual([]);
  });
});
