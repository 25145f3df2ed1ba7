import { provideRedisServer } from '../../../src/demo/redis/provide-redis.js';
import { Ports } from './ports.js';
import { addressesOf, ask, closeAll, fieldOf, IN_STEP_SOON } from './node.js';
import type { Node } from './node.js';
import { until } from './until.js';

const MASTERS = 3;
const SLOTS = 16_384;
/** How many keys `redis-cli --cluster reshard` moves at a time. */
const KEYS_AT_A_TIME = 10;
const MIGRATE_LIMIT_MS = 1000;

export interface ClusterOptions {
  /** How long a master must be silent before its replica takes over; default 1 s. */
  readonly nodeTimeoutMs?: number;
  /** Settings of every node, such as `--min-replicas-to-write 1`. */
  readonly settings?: readonly string[];
}

interface ClusterNode extends Node {
  /** Where the other nodes reach it. */
  readonly busPort: number;
  /** Its name in the cluster. */
  readonly id: string;
}

/** A cluster of three masters, each with a replica. */
export class ClusterTopology {
  /** @param nodes the masters in the beginning, and then their replicas in the same order */
  private constructor(readonly nodes: readonly ClusterNode[]) {}

  /** Resolves once every node takes part and every replica is in step. */
  static async start(options: ClusterOptions = {}): Promise<ClusterTopology> {
    const ports = new Ports();
    const nodes = await Promise.all(Array.from({ length: 2 * MASTERS }, () => startNode(ports, options)));
    const topology = new ClusterTopology(nodes);
    await topology.join();
    return topology;
  }

  /** What the service needs to find the nodes. */
  get variables() {
    return { REDIS_CLUSTER_NODES: addressesOf(this.nodes.slice(0, MASTERS)) };
  }

  /** The master that has the slot of `key`, as one that answers sees it. */
  async masterOf(key: string): Promise<ClusterNode> {
    const slot = await this.slotOf(key);
    for (const { server } of this.nodes) {
      const ranges = await ask(server, 'CLUSTER', 'SLOTS').catch(() => []);
      const owner = (ranges as [number, number, [string, number]][]).find(
        ([first, last]) => first <= slot && slot <= last,
      );
      const found = this.nodes.find(({ port }) => port === owner?.[2][1]);
      if (found !== undefined) return found;
    }
    throw new Error(`no node knows who has the slot of ${key}`);
  }

  /** The master that has the slot of `key`, and another one. */
  async twoMasters(key: string): Promise<[ClusterNode, ClusterNode]> {
    const owner = await this.masterOf(key);
    for (const node of this.nodes)
      if (node !== owner && (await fieldOf(node.server, 'replication', 'role')) === 'master')
        return [owner, node];
    throw new Error('there is no other master');
  }

  /** The replica of this master that is in step with it. */
  async replicaOf(master: Node): Promise<ClusterNode> {
    for (const node of this.nodes) {
      const port = await fieldOf(node.server, 'replication', 'master_port');
      if (port === String(master.port)) return node;
    }
    throw new Error(`the master at port ${master.port} has no replica`);
  }

  /** Resolves once another node than `old` has the slot of `key` and serves it. @returns the new master */
  async newMaster(key: string, old: ClusterNode, limitMs = 30_000): Promise<ClusterNode> {
    let found = old;
    await until(
      'a new master of the slot',
      async () => {
        for (const { server, port } of this.nodes)
          if (port !== old.port && (await servesSlotOf(key, server)))
            found = this.nodes.find((node) => node.port === port) ?? old;
        return found !== old;
      },
      limitMs,
    );
    return found;
  }

  /** A replica takes over from its living master, as for maintenance. */
  async failover(replica: Node): Promise<void> {
    await ask(replica.server, 'CLUSTER', 'FAILOVER');
  }

  /** Moves the slot of `key`, as `redis-cli --cluster reshard` does. @returns how many keys moved */
  async moveSlot(
    key: string,
    from: ClusterNode,
    to: ClusterNode,
    keysAtATime = KEYS_AT_A_TIME,
  ): Promise<number> {
    await until('both call each other master', () => callEachOtherMaster(from, to));
    const slot = String(await this.slotOf(key));
    await ask(to.server, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
    await ask(from.server, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
    let moved = 0;
    for (;;) {
      const keys = (await ask(
        from.server,
        'CLUSTER',
        'GETKEYSINSLOT',
        slot,
        String(keysAtATime),
      )) as string[];
      if (keys.length === 0) break;
      const address = ['127.0.0.1', String(to.port), '', '0', String(MIGRATE_LIMIT_MS)];
      await ask(from.server, 'MIGRATE', ...address, 'KEYS', ...keys);
      moved += keys.length;
    }
    for (const { server } of [to, from]) await ask(server, 'CLUSTER', 'SETSLOT', slot, 'NODE', to.id);
    return moved;
  }

  /** The names of all keys that the masters have. */
  async keys(): Promise<string[]> {
    const masters = this.nodes.slice(0, MASTERS);
    const lists = await Promise.all(masters.map(({ server }) => ask(server, 'KEYS', '*')));
    return lists.flatMap((list) => list as string[]);
  }

  async close(): Promise<void> {
    await closeAll(this.nodes.map(({ server }) => server));
  }

  private async slotOf(key: string): Promise<number> {
    return Number(await Promise.any(this.nodes.map(({ server }) => ask(server, 'CLUSTER', 'KEYSLOT', key))));
  }

  private async join(): Promise<void> {
    const [first] = this.nodes as [ClusterNode];
    const masters = this.nodes.slice(0, MASTERS);
    for (const [number, { server }] of masters.entries()) {
      const range = [(number * SLOTS) / MASTERS, ((number + 1) * SLOTS) / MASTERS - 1].map(Math.ceil);
      await ask(server, 'CLUSTER', 'ADDSLOTSRANGE', ...range.map(String));
    }
    for (const [number, { server, port, busPort }] of this.nodes.entries()) {
      await ask(server, 'CLUSTER', 'SET-CONFIG-EPOCH', String(number + 1));
      await ask(first.server, 'CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
    }
    await until('the nodes know of each other', () => this.everyNode('cluster_known_nodes', 2 * MASTERS));
    for (const [number, { server }] of this.nodes.slice(MASTERS).entries())
      await ask(server, 'CLUSTER', 'REPLICATE', masters[number]?.id ?? '');
    await until('the cluster is whole', async () => {
      const links = this.nodes
        .slice(MASTERS)
        .map(({ server }) => fieldOf(server, 'replication', 'master_link_status'));
      return (
        (await Promise.all(links)).every((link) => link === 'up') && this.everyNode('cluster_state', 'ok')
      );
    });
  }

  /** Whether every node says this in CLUSTER INFO. */
  private async everyNode(field: string, value: string | number): Promise<boolean> {
    const infos = await Promise.all(this.nodes.map(({ server }) => ask(server, 'CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes(`${field}:${value}\r\n`));
  }
}

async function startNode(
  ports: Ports,
  { nodeTimeoutMs = 1000, settings = [] }: ClusterOptions,
): Promise<ClusterNode> {
  const [port, busPort] = [await ports.next(), await ports.next()];
  const cluster = [
    ['--cluster-enabled', 'yes'],
    ['--cluster-port', String(busPort)],
    ['--cluster-announce-ip', '127.0.0.1'],
    ['--cluster-node-timeout', String(nodeTimeoutMs)],
    ['--cluster-allow-replica-migration', 'no'],
    IN_STEP_SOON,
  ].flat();
  const server = await provideRedisServer({ port, settings: [...cluster, ...settings] });
  return { port, busPort, server, id: String(await ask(server, 'CLUSTER', 'MYID')) };
}

/** A replica would redirect, and a master of a broken cluster refuse. */
const servesSlotOf = (key: string, server: Node['server']): Promise<boolean> =>
  ask(server, 'EXISTS', key).then(
    () => true,
    () => false,
  );

/** News of a failover takes a moment to reach every node. */
async function callEachOtherMaster(...[one, other]: [ClusterNode, ClusterNode]): Promise<boolean> {
  const views = await Promise.all([one, other].map(({ server }) => ask(server, 'CLUSTER', 'NODES')));
  const isMasterIn = (view: unknown, { id }: ClusterNode): boolean =>
    String(view)
      .split('\n')
      .some((line) => line.startsWith(id) && / (?:myself,)?master /.test(line));
  return views.every((view) => isMasterIn(view, one) && isMasterIn(view, other));
}
