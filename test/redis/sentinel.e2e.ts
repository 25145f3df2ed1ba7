import { describe, expect, it, onTestFinished } from 'vitest';
import type { Node } from '../support/topologies/node.js';
import { SentinelTopology } from '../support/topologies/sentinel.js';
import type { SentinelOptions } from '../support/topologies/sentinel.js';
import { startServiceOn, STOPPED } from './service-on.js';

async function startTopology(options?: SentinelOptions): Promise<SentinelTopology> {
  const topology = await SentinelTopology.start(options);
  onTestFinished(() => topology.close());
  return topology;
}

const BLOWS: readonly [how: string, strike: (master: Node) => unknown][] = [
  ['killed', ({ server }) => server.kill()],
  ['frozen', ({ server }) => server.pause()],
];

describe('a service on Redis with Sentinel', () => {
  it.each(BLOWS)('goes on with the new master once the old one is %s', async (_how, strike) => {
    const topology = await startTopology();
    const service = await startServiceOn(topology.variables);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    const master = await topology.master();
    await strike(master);
    await topology.newMaster(master);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    expect(await service.isAlive()).toBe(true);
  });

  it('answers 503 while the master has no replica, where it needs one to write', async () => {
    const settings = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'];
    const topology = await startTopology({ settings });
    const service = await startServiceOn(topology.variables);
    expect(await service.stopAStream()).toMatchObject(STOPPED);
    const master = await topology.master();
    const replicas = topology.nodes.filter((node) => node !== master);
    await Promise.all(replicas.map(({ server }) => server.kill()));
    const refused = await service.api.post(service.bodyForNewCall());
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'queue_unavailable' });
    await Promise.all(replicas.map(({ server }) => server.start()));
    expect(await service.stopAStream()).toMatchObject(STOPPED);
  });
});
