import { randomUUID } from 'node:crypto';

const IMAGE = 'redis:8';

/**
 * A Redis in a container of this machine's engine.
 *
 * @throws {Error} no engine answers, or development dependencies are not installed
 */
export async function startRedisContainer() {
  const { RedisContainer } = await import('@testcontainers/redis');
  const container = await new RedisContainer(IMAGE)
    .withCommand(['redis-server', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'])
    // Docker publishes the port on every interface of the machine.
    .withPassword(randomUUID())
    .start();
  return {
    url: container.getConnectionUrl(),
    description: `${IMAGE} in a container`,
    close: async () => {
      await container.stop();
    },
  };
}
