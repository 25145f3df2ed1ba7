import { freePort } from '../../../src/demo/free-port.js';
import { provideRedisServer } from '../../../src/demo/redis/provide-redis.js';
import type { RedisServer } from '../../../src/demo/redis/redis-server.js';
import { ask } from '../../support/topologies/node.js';
import { until } from '../../support/topologies/until.js';

/** A cluster whose only node has all slots. */
export async function startOneNodeCluster(settings: readonly string[] = []): Promise<RedisServer> {
  // By default the port of the bus is 10,000 higher, which not every free port leaves room for.
  const bus = ['--cluster-port', String(await freePort())];
  const cluster = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', ...bus];
  const server = await provideRedisServer({ settings: [...cluster, ...settings] });
  await ask(server, 'CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until('the node serves all slots', async () =>
    String(await ask(server, 'CLUSTER', 'INFO')).includes('cluster_state:ok'),
  );
  return server;
}
