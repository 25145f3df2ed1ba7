import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { provideUnpacked } from './debian-folder.js';
import { runCommand } from './commands.js';
import type { RedisBinary } from './redis-binary.js';
import type { RedisEnvironment } from './redis-environment.js';

/** In Debian and Ubuntu the server is a link to a program of the tools. */
const PACKAGES = ['redis-server', 'redis-tools'];

export interface DebianOptions {
  readonly log: (line: string) => void;
  readonly fetchLimitMs?: number;
}

/**
 * The Redis of Debian's or Ubuntu's packages, unpacked into the user's cache folder and not installed.
 *
 * @throws {Error} with the reason why it cannot be had
 */
export async function provideDebianRedis(
  environment: RedisEnvironment,
  options: DebianOptions,
): Promise<RedisBinary> {
  return describe(
    await provideUnpacked(environment, {
      name: 'Redis',
      packages: PACKAGES,
      demand: demandServer,
      ...options,
    }),
  );
}

/** @throws {Error} the server in the folder does not run */
async function demandServer(folder: string): Promise<void> {
  try {
    const { binary, env } = await describe(folder);
    await runCommand([binary, '--version'], { variables: env });
  } catch (cause) {
    throw new Error('the unpacked server does not run', { cause });
  }
}

async function describe(folder: string): Promise<RedisBinary> {
  const libraries = (await readdir(folder, { recursive: true })).filter((path) => /\.so(\.|$)/.test(path));
  const folders = new Set(libraries.map((path) => join(folder, dirname(path))));
  return {
    source: 'debian-packages',
    binary: join(folder, 'usr', 'bin', 'redis-server'),
    env: { LD_LIBRARY_PATH: [...folders].join(':') },
  };
}
