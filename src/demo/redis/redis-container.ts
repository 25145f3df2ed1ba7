import { randomUUID } from 'node:crypto';

const IMAGE = 'redis:8';
const PORT = 6379;
const COMMAND = ['redis-server', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];

/**
 * A Redis in a container of this machine's engine.
 *
 * @throws {Error} no engine answers, or development dependencies are not installed
 */
export async function startRedisContainer() {
  const { GenericContainer } = await import('testcontainers');
  // Docker publishes the port on every interface of the machine.
  const password = randomUUID();
  const container = await new GenericContainer(IMAGE)
    .withCommand([...COMMAND, '--requirepass', password])
    .withExposedPorts(PORT)
    .start();
  return {
    url: `redis://:${password}@${container.getHost()}:${container.getMappedPort(PORT)}`,
    description: `${IMAGE} in a container`,
    close: async () => {
      await container.stop();
    },
  };
}
