import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideRedisServer } from '../../../src/demo/redis/provide-redis.js';
import type { RedisServer } from '../../../src/demo/redis/redis-server.js';
import { Ports } from './ports.js';
import { TcpProxy } from '../tcp-proxy.js';
import { addressesOf, ask, closeAll, fieldOf, IN_STEP_SOON } from './node.js';
import type { Node } from './node.js';
import { until } from './until.js';

const NODES = 3;
const SENTINELS = 3;
const QUORUM = 2;
const MASTER_NAME = 'streamstop';

/** The source address of what replicas and sentinels send, by which a proxy tells them from clients. */
export const PEERS = '127.0.0.2';

export interface SentinelOptions {
  /** How long a master must be silent before the sentinels replace it; default 1 s. */
  readonly downAfterMs?: number;
  /** Settings of master and replicas, such as `--min-replicas-to-write 1`. */
  readonly settings?: readonly string[];
  /** Puts a proxy in front of master and replicas, which can cut them off. Needs Linux' 127.0.0.2. */
  readonly proxied?: boolean;
}

/** A master, two replicas and three sentinels that watch over them. */
export class SentinelTopology {
  private constructor(
    /** The first is the master in the beginning. */
    readonly nodes: readonly Node[],
    readonly sentinels: readonly RedisServer[],
    private readonly folder: string,
  ) {}

  /** Resolves once the replicas are in step and the sentinels know of each other. */
  static async start(options: SentinelOptions = {}): Promise<SentinelTopology> {
    const folder = await mkdtemp(join(tmpdir(), 'streamstop-sentinel-'));
    const ports = new Ports();
    const nodes = await Promise.all(
      Array.from({ length: NODES }, (_, number) => startNode(number, folder, ports, options)),
    );
    const [master, ...replicas] = nodes as [Node, ...Node[]];
    for (const { server } of replicas) {
      await ask(server, 'REPLICAOF', '127.0.0.1', String(master.port));
      await ask(server, 'CONFIG', 'REWRITE');
    }
    await until('the replicas are in step', async () => {
      const states = replicas.map(({ server }) => fieldOf(server, 'replication', 'master_link_status'));
      return (await Promise.all(states)).every((state) => state === 'up');
    });
    const sentinels = await Promise.all(
      Array.from({ length: SENTINELS }, (_, number) => startSentinel(number, folder, ports, master, options)),
    );
    const topology = new SentinelTopology(nodes, sentinels, folder);
    await until('the sentinels know of each other', () => topology.isWhole());
    return topology;
  }

  /** What the service needs to find the master. */
  get variables() {
    return { REDIS_SENTINELS: addressesOf(this.sentinels), REDIS_SENTINEL_MASTER: MASTER_NAME };
  }

  /** The one that most sentinels name. */
  async master(): Promise<Node> {
    const named = await Promise.all(this.sentinels.map(masterPortBy));
    const found = this.nodes.find(({ port }) => named.filter((name) => name === port).length >= QUORUM);
    if (found === undefined) throw new Error('the sentinels do not agree on a master');
    return found;
  }

  /** Resolves once another node than `old` is a master, which the sentinels may not say yet. @returns it */
  async newMaster(old: Node, limitMs = 30_000): Promise<Node> {
    const others = this.nodes.filter((node) => node !== old);
    let found = undefined as Node | undefined;
    await until(
      'a new master',
      async () => {
        const roles = await Promise.all(others.map(({ server }) => fieldOf(server, 'replication', 'role')));
        found = others[roles.indexOf('master')];
        return found !== undefined;
      },
      limitMs,
    );
    return found as Node;
  }

  async close(): Promise<void> {
    const proxies = this.nodes.flatMap(({ proxy }) => proxy ?? []);
    await closeAll([...this.sentinels, ...this.nodes.map(({ server }) => server), ...proxies]);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Whether each sentinel knows both replicas and both other sentinels, and calls the master reachable. */
  private async isWhole(): Promise<boolean> {
    const seen = await Promise.all(
      this.sentinels.map((sentinel) => fieldOf(sentinel, 'sentinel', 'master0')),
    );
    return seen.every((line) => line?.includes(`status=ok`) && line.includes('slaves=2,sentinels=3'));
  }
}

/** Its settings are in a file, so that it remembers its master when it starts again. */
async function startNode(
  number: number,
  folder: string,
  ports: Ports,
  { settings = [], proxied = false }: SentinelOptions,
): Promise<Node> {
  const file = join(folder, `node-${number}.conf`);
  await writeFile(file, '');
  const port = await ports.next();
  const own = [file, ...IN_STEP_SOON, ...settings];
  if (!proxied) return { port, server: await provideRedisServer({ port, settings: own }) };
  const proxy = await TcpProxy.start('127.0.0.1', port, await ports.next());
  const announced = ['--replica-announce-ip', '127.0.0.1', '--replica-announce-port', String(proxy.port)];
  const all = [...own, ...announced, '--bind-source-addr', PEERS];
  return { port: proxy.port, proxy, server: await provideRedisServer({ port, settings: all }) };
}

async function startSentinel(
  number: number,
  folder: string,
  ports: Ports,
  master: Node,
  { downAfterMs = 1000, proxied = false }: SentinelOptions,
): Promise<RedisServer> {
  const file = join(folder, `sentinel-${number}.conf`);
  const lines = [
    `monitor ${MASTER_NAME} 127.0.0.1 ${master.port} ${QUORUM}`,
    `down-after-milliseconds ${MASTER_NAME} ${downAfterMs}`,
    `failover-timeout ${MASTER_NAME} 10000`,
    'announce-ip 127.0.0.1',
  ];
  await writeFile(file, lines.map((line) => `sentinel ${line}\n`).join(''));
  const source = proxied ? ['--bind-source-addr', PEERS] : [];
  return provideRedisServer({ port: await ports.next(), settings: [file, '--sentinel', ...source] });
}

async function masterPortBy(sentinel: RedisServer): Promise<number | undefined> {
  const named = await ask(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME).catch(() => null);
  return Array.isArray(named) ? Number(named[1]) : undefined;
}
