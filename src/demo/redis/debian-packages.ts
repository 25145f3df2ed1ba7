import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './commands.js';

const FETCH_LIMIT_MS = 120_000;

export interface DebianPackages {
  /** The name of the folder. */
  readonly name: string;
  readonly packages: readonly string[];
  /** Rejects if the packages do not work when unpacked into this folder. */
  readonly check: (folder: string) => Promise<unknown>;
  /** Where folders are kept. */
  readonly cache?: string;
}

/**
 * Unpacks Debian or Ubuntu packages and their missing dependencies into the user's cache folder. Nothing is installed
 * and no root is needed.
 *
 * @returns the folder
 * @throws {Error} this system has no apt, or apt cannot fetch the packages
 */
export async function unpackDebianPackages(options: DebianPackages): Promise<string> {
  const { name, packages, check, cache = join(homedir(), '.cache', 'streamstop') } = options;
  const folder = join(cache, name);
  if (await holds(check(folder))) return folder;

  await mkdir(cache, { recursive: true });
  // Next to its final place, because a rename is atomic only within one file system.
  const unpacked = await mkdtemp(join(cache, 'unpacking-'));
  try {
    await fetchPackages(packages, unpacked, AbortSignal.timeout(FETCH_LIMIT_MS));
    await check(unpacked);
    await publish(unpacked, folder, check);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  return folder;
}

/** Moves the finished folder to its place, unless another process did so first. */
async function publish(unpacked: string, folder: string, check: DebianPackages['check']): Promise<void> {
  if (await holds(rename(unpacked, folder))) return;
  if (await holds(check(folder))) return;
  await rm(folder, { recursive: true, force: true });
  await rename(unpacked, folder);
}

async function fetchPackages(
  packages: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'streamstop-apt-'));
  try {
    const archives = join(work, 'cache', 'archives');
    await mkdir(join(work, 'lists', 'partial'), { recursive: true });
    await mkdir(join(archives, 'partial'), { recursive: true });
    const settings = join(work, 'apt.conf');
    await writeFile(settings, aptSettings(work));
    const apt = ['apt-get', '--quiet=2', '--config-file', settings];
    // A broken third-party source fails the update although the packages may be there, so the download decides.
    await holds(runCommand([...apt, 'update'], { signal }));
    const download = ['install', '--download-only', '--reinstall', '--no-install-recommends', '--assume-yes'];
    await runCommand([...apt, ...download, ...packages], { signal });
    for (const archive of (await readdir(archives)).filter((file) => file.endsWith('.deb')))
      await runCommand(['dpkg', '--extract', join(archives, archive), folder], { signal });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Makes apt keep its state in `work` and use the system's sources and keys. The hooks would act on the system. */
const aptSettings = (work: string): string => `
Dir::State::Lists "${work}/lists";
Dir::Cache "${work}/cache";
Dir::Cache::archives "archives/";
Debug::NoLocking "true";
APT::Sandbox::User "root";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Post-Invoke-Stats;
#clear AptCli::Hooks;
`;

const holds = (outcome: Promise<unknown>): Promise<boolean> =>
  outcome.then(
    () => true,
    () => false,
  );
