import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { debianRedis } from '../../../src/demo/redis/debian-redis.js';
import { fakeApt } from '../fixtures/fake-apt.js';
import { writeCommand } from '../fixtures/scratch.js';

describe("Debian's redis-server", () => {
  it('is unpacked into the cache folder, with the folders of its libraries', async () => {
    const { cache } = await fakeApt();
    const { binary, env } = await debianRedis(cache);
    expect((await stat(binary)).isFile()).toBe(true);
    expect(binary).toBe(join(cache, 'redis/usr/bin/redis-server'));
    expect(env).toEqual({ LD_LIBRARY_PATH: join(cache, 'redis/usr/lib/some-arch') });
  });

  it('is fetched once', async () => {
    const { cache, actions } = await fakeApt();
    const first = await debianRedis(cache);
    expect(await debianRedis(cache)).toEqual(first);
    expect(await actions()).toEqual(['update', 'install']);
  });

  it('is unpacked into one complete folder by several processes at once', async () => {
    const { cache } = await fakeApt();
    await Promise.all([1, 2, 3].map(() => debianRedis(cache)));
    expect(await readdir(cache)).toEqual(['redis']);
  });

  it('is fetched again when the unpacked one no longer runs', async () => {
    const { cache, actions } = await fakeApt();
    const { binary } = await debianRedis(cache);
    await writeCommand(dirname(binary), 'redis-server', 'exit 1');
    await mkdir(join(cache, 'unpacking-interrupted'));
    expect((await debianRedis(cache)).binary).toBe(binary);
    expect(await actions()).toEqual(['update', 'install', 'update', 'install']);
  });

  it('is fetched even if another package source fails', async () => {
    const { cache } = await fakeApt({ update: 'exit 100' });
    await expect(debianRedis(cache)).resolves.toHaveProperty('binary');
  });

  it('fails with the message of apt and leaves nothing behind', async () => {
    const { cache } = await fakeApt({ install: 'echo "E: Unable to locate package" >&2; exit 100' });
    await expect(debianRedis(cache)).rejects.toThrow('E: Unable to locate package');
    expect(await readdir(cache)).toEqual([]);
  });

  it('is not used if it does not run', async () => {
    const { cache } = await fakeApt({ server: 'echo "wrong libc" >&2; exit 127' });
    await expect(debianRedis(cache)).rejects.toThrow('wrong libc');
    expect(await readdir(cache)).toEqual([]);
  });
});
