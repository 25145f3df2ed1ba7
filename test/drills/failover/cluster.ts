import { ClusterTopology } from '../../support/topologies/cluster.js';
import type { Node } from '../../support/topologies/node.js';
import type { Drill } from '../drill.js';
import { QUEUE_PREFIX } from '../parts/queue-states.js';
import { failoverDrill } from './failover-drill.js';
import type { Setting } from './failover-drill.js';

type ClusterNode = Awaited<ReturnType<ClusterTopology['masterOf']>>;

interface Blow {
  readonly strike: (topology: ClusterTopology, master: ClusterNode) => unknown;
  readonly heal: (master: Node) => unknown;
}

async function open({ strike, heal }: Blow): Promise<Setting> {
  const topology = await ClusterTopology.start();
  const master = await topology.masterOf(QUEUE_PREFIX);
  return {
    variables: topology.variables,
    master,
    replicas: [await topology.replicaOf(master)],
    strike: async () => strike(topology, master),
    newMaster: () => topology.newMaster(QUEUE_PREFIX, master),
    heal: async () => heal(master),
    close: () => topology.close(),
  };
}

const drill = (name: string, fault: string, blow: Blow): Drill =>
  failoverDrill(`cluster-${name}`, `Cluster: ${fault}`, () => open(blow));

export const clusterDrills: readonly Drill[] = [
  drill('master-killed', "`kill -9` of the master of the queue's slot", {
    strike: (_topology, { server }) => server.kill(),
    heal: ({ server }) => server.start(),
  }),
  drill(
    'master-frozen',
    "the master of the queue's slot is frozen (`SIGSTOP`), and goes on after the failover",
    {
      strike: (_topology, { server }) => server.pause(),
      heal: ({ server }) => server.resume(),
    },
  ),
  drill('failover', "`CLUSTER FAILOVER` of the master of the queue's slot", {
    strike: async (topology, master) => topology.failover(await topology.replicaOf(master)),
    heal: () => undefined,
  }),
  drill('resharded', "the queue's slot moves to another master, ten keys at a time", {
    strike: async (topology) => {
      const [from, to] = await topology.twoMasters(QUEUE_PREFIX);
      await topology.moveSlot(QUEUE_PREFIX, from, to);
    },
    heal: () => undefined,
  }),
];
