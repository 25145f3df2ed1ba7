import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { parseEnv } from 'node:util';
import { unpackPackages } from './apt-download.js';
import type { AptCommands } from './apt-download.js';
import { findCommand } from './commands.js';
import type { RedisEnvironment } from './redis-environment.js';

const FETCH_LIMIT_MS = 120_000;

export interface UnpackedOptions {
  /** What is fetched; the folder has its name in small letters. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Rejects with the reason where a folder does not hold what is wanted. */
  readonly demand: (folder: string) => Promise<unknown>;
  readonly log: (line: string) => void;
  readonly fetchLimitMs?: number;
}

type Folders = Pick<RedisEnvironment, 'PATH' | 'XDG_CACHE_HOME' | 'HOME'>;

/**
 * Packages of Debian or Ubuntu, unpacked into the user's cache folder and not installed.
 *
 * @returns the folder
 * @throws {Error} with the reason why they cannot be had
 */
export async function provideUnpacked(environment: Folders, options: UnpackedOptions): Promise<string> {
  const { name, packages, demand, log, fetchLimitMs = FETCH_LIMIT_MS } = options;
  const commands = await findApt(environment.PATH);
  const cache = cacheFolder(environment);
  const folder = join(cache, `${name.toLowerCase()}-${await systemName()}-${process.arch}`);
  if (await meets(folder, demand)) return folder;

  await mkdir(cache, { recursive: true });
  log(`Fetching ${name} from this system's package sources into ${folder}, which takes some seconds ...`);
  // Beside its final place, for a rename is atomic only within one file system.
  const unpacked = await mkdtemp(join(cache, 'unpacking-'));
  const signal = AbortSignal.timeout(fetchLimitMs);
  try {
    await unpackPackages(packages, unpacked, commands, signal);
    await demand(unpacked);
    await publish(unpacked, folder, demand);
  } catch (error) {
    throw signal.aborted ? new Error(`not fetched within ${fetchLimitMs / 1000} s`, { cause: error }) : error;
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  return folder;
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
function cacheFolder({ XDG_CACHE_HOME, HOME }: Folders): string {
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
async function publish(unpacked: string, folder: string, demand: UnpackedOptions['demand']): Promise<void> {
  try {
    await rename(unpacked, folder);
  } catch (error) {
    if (await meets(folder, demand)) {
      return;
    }
    if (!isOccupied(error)) {
      throw error;
    }
    // What is there does not serve any more: moved away in one step, so that nobody sees half of it.
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

async function meets(folder: string, demand: UnpackedOptions['demand']): Promise<boolean> {
  try {
    await demand(folder);
    return true;
  } catch {
    return false;
  }
}
