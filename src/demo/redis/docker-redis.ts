import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StartedRedisContainer } from '@testcontainers/redis';

const IMAGE = 'redis:8';
/** Long enough to pull the image over a slow line. */
const START_LIMIT_MS = 180_000;

export interface DockerRedis {
  readonly url: string;
  readonly image: string;
  readonly close: () => Promise<void>;
}

/**
 * A Redis in a container of a running Docker engine.
 *
 * @throws {Error} with the reason why it cannot be had
 */
export async function startDockerRedis(log: (line: string) => void): Promise<DockerRedis> {
  const { RedisContainer, getContainerRuntimeClient } = await importTestcontainers();
  // Only an engine that answers counts: the docker command may be there without one.
  await getContainerRuntimeClient().catch((error: unknown) => {
    throw new Error('no engine answers', { cause: error });
  });
  log(`Starting ${IMAGE} in Docker; the first time its image is pulled ...`);
  const container = new RedisContainer(IMAGE)
    .withCommand(['redis-server', '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'])
    // Docker publishes the port on every interface of the machine.
    .withPassword(randomUUID());
  const started = await startedInTime(container.start());
  return {
    url: started.getConnectionUrl(),
    image: IMAGE,
    close: async () => {
      await started.stop();
    },
  };
}

/** A development dependency: an installation for production has none. */
async function importTestcontainers(): Promise<
  typeof import('@testcontainers/redis') & typeof import('testcontainers')
> {
  try {
    return { ...(await import('@testcontainers/redis')), ...(await import('testcontainers')) };
  } catch (error) {
    throw new Error(`Testcontainers cannot be loaded (${(error as Error).message})`, { cause: error });
  }
}

async function startedInTime(start: Promise<StartedRedisContainer>): Promise<StartedRedisContainer> {
  const limit = new AbortController();
  const late = delay(START_LIMIT_MS, undefined, { signal: limit.signal, ref: false }).then(() => {
    // The start goes on in the background: what it still brings up is not wanted any more.
    start.then((container) => container.stop()).catch(() => undefined);
    throw new Error(`${IMAGE} did not start within ${START_LIMIT_MS / 1000} s`);
  });
  try {
    return await Promise.race([start, late]);
  } finally {
    limit.abort();
  }
}
