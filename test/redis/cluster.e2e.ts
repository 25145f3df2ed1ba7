import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ClusterTopology } from '../support/topologies/cluster.js';
import type { ClusterOptions } from '../support/topologies/cluster.js';
import { startServiceOn, STOPPED } from './service-on.js';
import type { ServiceOn } from './service-on.js';

/** A busy machine must not make a living node look dead. */
const NODE_TIMEOUT_MS = 3000;

async function startTopology(options?: ClusterOptions): Promise<ClusterTopology> {
  const topology = await ClusterTopology.start({ nodeTimeoutMs: NODE_TIMEOUT_MS, ...options });
  onTestFinished(() => topology.close());
  return topology;
}

/** A request of each kind that changes the queue, or reads it. */
async function useEverything({ api, bodyForNewCall }: ServiceOn): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await api.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect({ path, ok: answer.ok }).toEqual({ path, ok: true });
    return answer.json();
  };
  await post('/queue/pause', {});
  const { id } = await api.create(bodyForNewCall());
  // Refused while a worker looks at it, before it finds that the sending is paused.
  const withdraw = () => api.request(`/cancellations/${id}`, { method: 'DELETE' });
  await vi.waitFor(async () => expect((await withdraw()).status).toBe(200), { timeout: 5000 });
  await post(`/cancellations/${id}/retry`, {});
  await post('/cancellations/withdraw', { all: true });
  await post('/queue/resume', {});
  const body = bodyForNewCall();
  await post('/cancellations/batch', { cancellations: [body, { ...body, streamName: 'other' }] });
  for (const path of ['/cancellations?status=withdrawn', '/queue', '/metrics', '/setup'])
    expect({ path, ok: (await api.request(path)).ok }).toEqual({ path, ok: true });
}

describe('a service on Redis Cluster', () => {
  it('keeps all of its keys in the slot of its tag', async () => {
    const topology = await startTopology();
    const service = await startServiceOn(topology.variables);
    await useEverything(service);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    const keys = await topology.keys();
    expect(keys.length).toBeGreaterThan(10);
    // The prefix has the tag that decides on the slot.
    expect(keys.filter((key) => !key.startsWith(service.prefix))).toEqual([]);
    expect(service.program.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('goes on with the replica once the master of its slot is killed', async () => {
    const topology = await startTopology();
    const service = await startServiceOn(topology.variables);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    const master = await topology.masterOf(service.prefix);
    await master.server.kill();
    await topology.newMaster(service.prefix, master);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    expect(await service.isAlive()).toBe(true);
  });

  it('goes on with the other master once its slot has moved there', async () => {
    const topology = await startTopology();
    const service = await startServiceOn(topology.variables);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    const [from, to] = await topology.twoMasters(service.prefix);
    await topology.moveSlot(service.prefix, from, to);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    expect(await service.isAlive()).toBe(true);
  });

  it('answers 503 while the master of its slot has no replica, where it needs one to write', async () => {
    const settings = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'];
    const topology = await startTopology({ settings });
    const service = await startServiceOn(topology.variables);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    const replica = await topology.replicaOf(await topology.masterOf(service.prefix));
    await replica.server.kill();
    const refused = await service.api.post(service.bodyForNewCall());
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'queue_unavailable' });
    await replica.server.start();
    expect(await service.stopAStream()).toMatchObject(STOPPED);
  });
});
