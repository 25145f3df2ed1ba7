import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './commands.js';
import { unpackDebianPackages } from './debian-packages.js';
import type { RedisBinary } from './redis-server.js';

/** In Debian and Ubuntu, redis-server is a link to a program of redis-tools. */
const PACKAGES = ['redis-server', 'redis-tools'];

/**
 * The redis-server of Debian's or Ubuntu's packages, without installing them.
 *
 * @param cache where the unpacked packages are kept; default: the user's cache folder
 * @throws {Error} with the reason why there is none
 */
export async function debianRedis(cache?: string): Promise<RedisBinary> {
  const check = async (folder: string): Promise<void> => {
    const { binary, env } = await unpackedRedis(folder);
    await runCommand([binary, '--version'], { variables: env });
  };
  return unpackedRedis(await unpackDebianPackages({ name: 'redis', packages: PACKAGES, check, cache }));
}

async function unpackedRedis(folder: string): Promise<RedisBinary> {
  const files = await readdir(folder, { recursive: true });
  const libraries = files.filter((path) => /\.so(\.|$)/.test(path));
  const folders = new Set(libraries.map((path) => join(folder, dirname(path))));
  const binary = join(folder, 'usr', 'bin', 'redis-server');
  return { binary, env: { LD_LIBRARY_PATH: [...folders].join(':') } };
}
