import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { provideDebianRedis } from '../../../src/demo/redis/debian-packages.js';
import { fakeApt } from '../fixtures/fake-apt.js';
import { writeCommand } from '../fixtures/scratch.js';

const log = (): void => {};

describe('provideDebianRedis', () => {
  it('unpacks the packages into the cache folder, with the folders of their libraries', async () => {
    const { environment, cache } = await fakeApt();
    const { binary, env } = await provideDebianRedis(environment, { log });
    expect((await stat(binary)).isFile()).toBe(true);
    const folder = binary.slice(0, -'/usr/bin/redis-server'.length);
    expect(dirname(folder)).toBe(cache);
    expect(env).toEqual({ LD_LIBRARY_PATH: join(folder, 'usr/lib/some-arch') });
  });

  it('tells that it fetches, and the next time takes what is there', async () => {
    const { environment, actions } = await fakeApt();
    const lines: string[] = [];
    const first = await provideDebianRedis(environment, { log: (line) => lines.push(line) });
    const second = await provideDebianRedis(environment, { log: (line) => lines.push(line) });
    expect(second).toEqual(first);
    expect(await actions()).toEqual(['update', 'install']);
    expect(lines).toEqual([expect.stringContaining('Fetching Redis')]);
  });

  it('uses ~/.cache when XDG_CACHE_HOME is not set or relative', async () => {
    const { environment } = await fakeApt();
    const HOME = environment.XDG_CACHE_HOME;
    const relative = await provideDebianRedis({ ...environment, HOME, XDG_CACHE_HOME: 'here' }, { log });
    const unset = await provideDebianRedis({ ...environment, HOME, XDG_CACHE_HOME: undefined }, { log });
    expect(relative.binary.startsWith(join(HOME, '.cache', 'streamstop', 'redis-'))).toBe(true);
    expect(unset).toEqual(relative);
  });

  it('leaves one whole folder when several fetch at once', async () => {
    const { environment, cache } = await fakeApt();
    const found = await Promise.all([1, 2, 3].map(() => provideDebianRedis(environment, { log })));
    expect(new Set(found.map(({ binary }) => binary)).size).toBe(1);
    expect(await readdir(cache)).toEqual([expect.stringMatching(/^redis-/)]);
  });

  it('takes no folder whose server does not run', async () => {
    const { environment, cache, actions } = await fakeApt();
    const { binary } = await provideDebianRedis(environment, { log });
    await writeCommand(dirname(binary), 'redis-server', 'exit 1');
    await mkdir(join(cache, 'unpacking-ended-half-way'));
    expect((await provideDebianRedis(environment, { log })).binary).toBe(binary);
    expect(await actions()).toEqual(['update', 'install', 'update', 'install']);
    await expect(provideDebianRedis(environment, { log })).resolves.toMatchObject({ binary });
    expect(await actions()).toHaveLength(4);
  });

  it('works when a source that is not needed fails the update', async () => {
    const { environment } = await fakeApt({ update: 'exit 100' });
    await expect(provideDebianRedis(environment, { log })).resolves.toMatchObject({
      source: 'debian-packages',
    });
  });

  it('says what apt said, and leaves nothing behind', async () => {
    const { environment, cache } = await fakeApt({
      update: 'echo "E: no network" >&2; exit 100',
      install: 'echo "E: Unable to locate package" >&2; exit 100',
    });
    await expect(provideDebianRedis(environment, { log })).rejects.toThrow(
      'E: Unable to locate package\nE: no network',
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it('does not take a server that does not run', async () => {
    const { environment, cache } = await fakeApt({ server: 'exit 127' });
    await expect(provideDebianRedis(environment, { log })).rejects.toThrow(
      'the unpacked server does not run',
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it('gives up at its time limit', async () => {
    const { environment, cache } = await fakeApt({ update: 'exec sleep 60' });
    await expect(provideDebianRedis(environment, { log, fetchLimitMs: 100 })).rejects.toThrow(
      'not fetched within 0.1 s',
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it('says so when the system has no apt', async () => {
    await expect(provideDebianRedis({ PATH: '/nowhere' }, { log })).rejects.toThrow('no apt-get and dpkg');
  });
});
