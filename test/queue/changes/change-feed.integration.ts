import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { readEnvironment } from '../../../src/config/environment.js';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { Readiness } from '../../../src/platform/health/readiness.js';
import { ChangeFeed } from '../../../src/queue/changes/change-feed.js';
import { changesKey, MOST_CHANGES } from '../../../src/queue/changes/changes.js';
import { ApiConnection } from '../../../src/queue/connections/api.connection.js';
import { testVariables } from '../../support/service.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** What it is told, in order. */
function listener() {
  const told: string[] = [];
  return {
    told,
    onChange: ({ id }: { id: string }) => void told.push(id),
    onGap: () => void told.push('gap'),
  };
}

describe('the feed of changes', () => {
  let proxy: TcpProxy;
  let redis: Redis;
  let connection: ApiConnection;
  let feed: ChangeFeed;
  let key: string;

  beforeEach(async () => {
    const { hostname, port } = new URL(inject('redisUrl'));
    proxy = await TcpProxy.start(hostname, Number(port));
    redis = new Redis(inject('redisUrl'));
    const variables = await testVariables({ url: 'http://127.0.0.1:9', projectId: 'p', apiToken: 't' });
    const environment = readEnvironment(ServiceEnvironment, {
      ...variables,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    });
    key = changesKey(environment.QUEUE_PREFIX);
    connection = new ApiConnection(environment, new Readiness());
    await connection.onModuleInit();
    feed = new ChangeFeed(environment, connection);
  });
  afterEach(async () => {
    feed.onApplicationShutdown();
    connection.onApplicationShutdown();
    redis.disconnect();
    await proxy.close();
  });

  const add = (id: string) => redis.xadd(key, 'MAXLEN', '~', MOST_CHANGES, '*', 'id', id);

  async function addMany(count: number): Promise<void> {
    const pipeline = redis.pipeline();
    for (let n = 0; n < count; n += 1)
      pipeline.xadd(key, 'MAXLEN', '~', MOST_CHANGES, '*', 'id', randomUUID());
    await pipeline.exec();
  }

  it('tells each change once, in order, from the subscription on', async () => {
    await add('before');
    const one = listener();
    await feed.subscribe(one);
    await feed.subscribe(one);
    await add('a');
    await add('b');
    await vi.waitFor(() => expect(one.told).toEqual(['a', 'b']));
  });

  it('goes on where it was after Redis was out of reach', async () => {
    await add('before');
    const one = listener();
    await feed.subscribe(one);
    await proxy.refuse();
    await add('meanwhile');
    await proxy.open();
    await vi.waitFor(() => expect(one.told).toEqual(['meanwhile']), 10_000);
  });

  it('tells of a gap if changes are not kept any more when Redis is back', async () => {
    await add('before');
    const one = listener();
    await feed.subscribe(one);
    await add('seen');
    await vi.waitFor(() => expect(one.told).toEqual(['seen']));
    await proxy.refuse();
    await addMany(MOST_CHANGES + 1000);
    await proxy.open();
    await vi.waitFor(() => expect(one.told.length).toBeGreaterThan(MOST_CHANGES), 20_000);
    expect(one.told.indexOf('gap')).toBe(1);
    expect(one.told.lastIndexOf('gap')).toBe(1);
  });

  it('does not know who could not subscribe, and starts for the next one', async () => {
    const [one, other] = [listener(), listener()];
    await proxy.refuse();
    await vi.waitFor(() => expect(connection.isReady).toBe(false));
    await expect(feed.subscribe(one)).rejects.toThrow(/Redis|onnect|writeable/);
    await proxy.open();
    await once(connection.redis, 'ready');
    await feed.subscribe(other);
    await add('a');
    await vi.waitFor(() => expect(other.told).toEqual(['a']));
    expect(one.told).toEqual([]);
  });

  it('has the changes between two, some at a time, and none if some are gone', async () => {
    const [first, , third] = [await add('a'), await add('b'), await add('c'), await add('d')];
    const idsBetween = async (most: number) =>
      (await feed.between(String(first), String(third), most))?.map(({ id }) => id);
    expect(await idsBetween(10)).toEqual(['b', 'c']);
    expect(await idsBetween(1)).toEqual(['b']);
    expect(await feed.between('1-0', String(third), 10)).toBeNull();
  });
});
