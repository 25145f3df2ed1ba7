/** The host and port of one server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** For `tls.connect`; what is undefined is as Node has it by default. PEM texts. */
export interface RedisTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name in the server's certificate, where it is not the host to which the service connects. */
  readonly servername?: string;
}

interface Login {
  readonly username?: string;
  readonly password?: string;
}

export interface SingleRedis {
  readonly kind: 'single';
  /** `redis://` or `rediss://`, with user, password and database. */
  readonly url: string;
  /** Undefined for plain TCP. */
  readonly tls?: RedisTls;
}

/** A master that Redis Sentinel names. */
export interface SentinelRedis extends Login {
  readonly kind: 'sentinel';
  readonly sentinels: readonly ServerAddress[];
  readonly master: string;
  readonly sentinelLogin: Login;
  readonly tls?: RedisTls;
}

export interface ClusterRedis extends Login {
  readonly kind: 'cluster';
  /** Some nodes, of which one must answer; it names the others. */
  readonly nodes: readonly ServerAddress[];
  readonly tls?: RedisTls;
}

/** Where Redis is, and how to get there. */
export type RedisTarget = SingleRedis | SentinelRedis | ClusterRedis;

/** For people, without user and password. */
export function describeTarget(target: RedisTarget): string {
  if (target.kind === 'cluster') return `the cluster of ${listed(target.nodes)}`;
  if (target.kind === 'sentinel')
    return `the master ${target.master} (sentinels ${listed(target.sentinels)})`;
  const { hostname, port } = new URL(target.url);
  return `${hostname}:${port || 6379}`;
}

const listed = (servers: readonly ServerAddress[]): string =>
  servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
