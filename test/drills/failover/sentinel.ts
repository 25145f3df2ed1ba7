import { PEERS, SentinelTopology } from '../../support/topologies/sentinel.js';
import type { SentinelOptions } from '../../support/topologies/sentinel.js';
import type { Node } from '../../support/topologies/node.js';
import type { Drill } from '../drill.js';
import { failoverDrill } from './failover-drill.js';
import type { Setting } from './failover-drill.js';

interface Blow {
  readonly strike: (master: Node) => unknown;
  readonly heal: (master: Node) => unknown;
}

const NEEDS_A_REPLICA = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'];

async function open({ strike, heal }: Blow, options: SentinelOptions): Promise<Setting> {
  const topology = await SentinelTopology.start({ settings: NEEDS_A_REPLICA, ...options });
  const master = await topology.master();
  return {
    variables: topology.variables,
    master,
    replicas: topology.nodes.filter((node) => node !== master),
    strike: async () => strike(master),
    newMaster: () => topology.newMaster(master),
    heal: async () => heal(master),
    close: () => topology.close(),
  };
}

const drill = (name: string, fault: string, blow: Blow, options: SentinelOptions = {}): Drill =>
  failoverDrill(`sentinel-master-${name}`, `Sentinel: ${fault}`, () => open(blow, options));

export const sentinelDrills: readonly Drill[] = [
  drill('killed', '`kill -9` of the master', {
    strike: ({ server }) => server.kill(),
    heal: ({ server }) => server.start(),
  }),
  drill('frozen', 'the master is frozen (`SIGSTOP`), and goes on after the failover', {
    strike: ({ server }) => server.pause(),
    heal: ({ server }) => server.resume(),
  }),
  drill(
    'cut-off',
    'nobody reaches the master, and nothing says so',
    { strike: ({ proxy }) => proxy?.isolate(), heal: ({ proxy }) => proxy?.rejoin() },
    { proxied: true },
  ),
  drill(
    'partitioned',
    'sentinels and replicas do not reach the master, but the service does',
    { strike: ({ proxy }) => proxy?.isolate(PEERS), heal: ({ proxy }) => proxy?.rejoin() },
    { proxied: true },
  ),
];
