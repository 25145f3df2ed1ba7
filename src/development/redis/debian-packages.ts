import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { parseEnv } from 'node:util';
import { unpackPackages } from './apt-download.js';
import type { AptCommands } from './apt-download.js';
import { findCommand, runCommand } from './commands.js';
import type { RedisBinary } from './redis-binary.js';
import type { RedisEnvironment } from './redis-environment.js';

/** In Debian and Ubuntu the server is a link to a program of the tools. */
const PACKAGES = ['redis-server', 'redis-tools'];
const FETCH_LIMIT_MS = 120_000;

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
  { log, fetchLimitMs = FETCH_LIMIT_MS }: DebianOptions,
): Promise<RedisBinary> {
  const commands = await findApt(environment.PATH);
  const cache = cacheFolder(environment);
  const folder = join(cache, `redis-${await systemName()}-${process.arch}`);
  const cached = await runnableRedis(folder);
  if (cached) {
    return cached;
  }

  await mkdir(cache, { recursive: true });
  log(`Fetching Redis from this system's package sources into ${folder}, which takes some seconds ...`);
  // Beside its final place, for a rename is atomic only within one file system.
  const unpacked = await mkdtemp(join(cache, 'unpacking-'));
  const signal = AbortSignal.timeout(fetchLimitMs);
  try {
    await unpackPackages(PACKAGES, unpacked, commands, signal);
    if (!(await runnableRedis(unpacked))) {
      throw new Error('the unpacked server does not run');
    }
    await publish(unpacked, folder);
  } catch (error) {
    throw signal.aborted ? new Error(`not fetched within ${fetchLimitMs / 1000} s`, { cause: error }) : error;
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  return describe(folder);
}

/** @throws {Error} when this system has no apt */
async function findApt(searchPath: string | undefined): Promise<AptCommands> {
  const aptGet = await findCommand(['apt-get'], searchPath);
  const dpkg = await findCommand(['dpkg'], searchPath);
  if (aptGet === undefined || dpkg === undefined) {
    throw new Error('this system has no apt-get and dpkg');
  }
  return { aptGet, dpkg };
}

/** The specification of XDG_CACHE_HOME wants relative paths ignored. */
function cacheFolder({ XDG_CACHE_HOME, HOME }: RedisEnvironment): string {
  const base =
    XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(HOME ?? homedir(), '.cache');
  return join(base, 'streamstop');
}

/** For example `debian-12`. A home may be shared by systems, and a system may be upgraded. */
async function systemName(): Promise<string> {
  const release = parseEnv(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  return [release.ID ?? process.platform, release.VERSION_ID ?? release.VERSION_CODENAME]
    .filter((part) => part !== undefined)
    .join('-');
}

/** Puts the finished folder in its place, unless another process has been faster. */
async function publish(unpacked: string, folder: string): Promise<void> {
  try {
    await rename(unpacked, folder);
  } catch (error) {
    if (await runnableRedis(folder)) {
      return;
    }
    if (!isOccupied(error)) {
      throw error;
    }
    // What is there does not run any more: moved away in one step, so that nobody sees half of it.
    const broken = await mkdtemp(join(dirname(folder), 'broken-'));
    await rename(folder, broken);
    await rm(broken, { recursive: true, force: true });
    await rename(unpacked, folder);
  }
}

function isOccupied(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}

async function runnableRedis(folder: string): Promise<RedisBinary | undefined> {
  try {
    const redis = await describe(folder);
    await runCommand([redis.binary, '--version'], { variables: redis.env });
    return redis;
  } catch {
    return undefined;
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
