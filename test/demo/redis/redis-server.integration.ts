import { fork } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startRedisServer } from '../../../src/demo/redis/redis-server.js';
import { pingRedis } from '../../../src/demo/redis/redis-url.js';
import { ownRedis } from '../fixtures/own-redis.js';
import { scratchFolder, writeCommand } from '../fixtures/scratch.js';

function clientOf({ url }: { url: string }): Redis {
  const client = new Redis(url, { retryStrategy: (times) => Math.min(times * 20, 200) });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

describe('RedisServer', () => {
  it('runs with the settings that BullMQ needs, under its own pid', async () => {
    const server = await ownRedis();
    const client = clientOf(server);
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await client.config('GET', 'save')).toEqual(['save', '']);
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'no']);
    expect(await client.config('GET', 'bind')).toEqual(['bind', '127.0.0.1']);
    expect(await client.info('server')).toContain(`process_id:${server.pid}\r\n`);
  });

  it('keeps acknowledged writes across a kill and a stop, on the same port', async () => {
    const server = await ownRedis({ appendOnly: true });
    const { pid, url } = server;
    const client = clientOf(server);
    await client.set('first', 'kept');
    await server.kill();
    expect(server.pid).toBeUndefined();
    await expect(pingRedis(url, 1_000)).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(await client.get('first')).toBe('kept');
    await client.set('second', 'kept');
    await server.restart();
    expect(await client.mget('first', 'second')).toEqual(['kept', 'kept']);
  });

  it('answers nothing while it is paused', async () => {
    const server = await ownRedis();
    const client = clientOf(server);
    await client.ping();
    server.pause();
    await expect(pingRedis(server.url, 200)).rejects.toThrow('timed out');
    const answer = client.ping();
    server.resume();
    expect(await answer).toBe('PONG');
  });

  it('can be stopped while it is paused', async () => {
    const server = await ownRedis();
    server.pause();
    await server.stop();
    await expect(pingRedis(server.url, 1_000)).rejects.toThrow('ECONNREFUSED');
  });

  it('is killed if it does not react to SIGTERM', async () => {
    const server = await ownRedis();
    const client = clientOf(server);
    await client.ping();
    client.eval('while true do end', 0).catch(() => undefined);
    await expect(pingRedis(server.url, 200)).rejects.toThrow('timed out');
    await server.stop();
    expect(server.pid).toBeUndefined();
  });

  it('fails with the last lines of a server that ends at once', async () => {
    const binary = await writeCommand(await scratchFolder(), 'redis-server', 'echo "bad option" >&2; exit 7');
    const failure = startRedisServer({ binary });
    await expect(failure).rejects.toThrow('The server ended at once (exit code 7)\nbad option');
  });

  it('fails if the requested port is taken', async () => {
    const { options, port } = await ownRedis();
    await expect(startRedisServer({ ...options, port })).rejects.toThrow('Address already in use');
  });

  it('ends with its parent, even if that is killed', async () => {
    const { options } = await ownRedis();
    const parent = fork(fileURLToPath(new URL('../fixtures/parent.mjs', import.meta.url)));
    const module = fileURLToPath(new URL('../../../src/demo/redis/redis-server.ts', import.meta.url));
    parent.send({ module, options });
    const [{ port, data }] = (await once(parent, 'message')) as [{ port: number; data: string }];
    const connection = connect(port, '127.0.0.1');
    await once(connection, 'connect');

    parent.kill('SIGKILL');
    await once(connection.resume(), 'close');
    // Port and folder are freed shortly after the connection.
    await vi.waitFor(() =>
      expect(pingRedis(`redis://127.0.0.1:${port}`, 1_000)).rejects.toThrow('ECONNREFUSED'),
    );
    await vi.waitFor(() => expect(access(data)).rejects.toThrow('ENOENT'));
  });
});
