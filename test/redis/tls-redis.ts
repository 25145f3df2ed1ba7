import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/demo/free-port.js';
import { provideRedisServer } from '../../src/demo/redis/provide-redis.js';
import type { RedisServer } from '../../src/demo/redis/redis-server.js';
import type { Authority, Certificate } from './certificates.js';
import { startOneNodeCluster } from './slots/one-node-cluster.js';

/** The name in the certificate of every server; none is reached by it. */
export const SERVER_NAME = 'redis.internal';

export const MASTER = 'streamstop';

/** What a server shows, and whom it trusts. */
export interface ServerTls {
  readonly authority: Authority;
  readonly server: Certificate;
}

export interface TlsServer {
  readonly server: RedisServer;
  /** Where it speaks TLS, with clients that show a certificate of the authority. */
  readonly tlsPort: number;
}

const provideRedis = (settings: readonly string[]): Promise<RedisServer> => provideRedisServer({ settings });

export async function startTlsRedis(tls: ServerTls, start = provideRedis): Promise<TlsServer> {
  const tlsPort = await freePort();
  const { cert, key } = tls.server;
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', tls.authority.cert];
  return { tlsPort, server: await start(['--tls-port', String(tlsPort), ...files]) };
}

/** A cluster of one node. Without `tls-cluster`, Redis 7.0 names its plain port to clients. */
export const startTlsCluster = (tls: ServerTls): Promise<TlsServer> =>
  startTlsRedis(tls, (settings) => startOneNodeCluster(['--tls-cluster', 'yes', ...settings]));

/** A sentinel that knows this master, and speaks TLS with it. */
export async function startTlsSentinel(
  tls: ServerTls,
  master: TlsServer,
  folder: string,
): Promise<TlsServer> {
  const file = join(folder, 'sentinel.conf');
  await writeFile(file, `sentinel monitor ${MASTER} 127.0.0.1 ${master.tlsPort} 1\n`);
  return startTlsRedis(tls, (settings) =>
    provideRedis([file, '--sentinel', '--tls-replication', 'yes', ...settings]),
  );
}
