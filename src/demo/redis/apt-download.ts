import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './commands.js';

export interface AptCommands {
  readonly aptGet: string;
  readonly dpkg: string;
}

/**
 * Fetches packages and whatever of their dependencies this system lacks, and unpacks them into a folder.
 * Nothing is installed, no root is needed, and apt's own files are only read: apt works on lists, archives
 * and locks of its own in a temporary folder, with the sources and keys of the system.
 */
export async function unpackPackages(
  packages: readonly string[],
  folder: string,
  { aptGet, dpkg }: AptCommands,
  signal: AbortSignal,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'streamstop-apt-'));
  try {
    const archives = join(work, 'cache', 'archives');
    await mkdir(join(work, 'lists', 'partial'), { recursive: true });
    await mkdir(join(archives, 'partial'), { recursive: true });
    const settings = join(work, 'apt.conf');
    await writeFile(settings, privateSettings(work));
    const apt = [aptGet, '--quiet=2', '--config-file', settings];

    // A broken third-party source fails an update that brought all we need, so the next step decides.
    const updateFault = await faultOf(runCommand([...apt, 'update'], { signal }), signal);
    // What is installed is fetched as well: the server may be a link into a package that is.
    const download = ['install', '--download-only', '--reinstall', '--no-install-recommends', '--assume-yes'];
    const downloadFault = await faultOf(runCommand([...apt, ...download, ...packages], { signal }), signal);
    if (downloadFault) {
      throw new Error([downloadFault.message, updateFault?.message].filter(Boolean).join('\n'), {
        cause: downloadFault,
      });
    }
    for (const archive of (await readdir(archives)).filter((name) => name.endsWith('.deb'))) {
      await runCommand([dpkg, '--extract', join(archives, archive), folder], { signal });
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Read by apt after the system's own settings; the hooks cleared here act on the system. */
function privateSettings(work: string): string {
  return `Dir::State::Lists "${work}/lists";
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
}

async function faultOf(work: Promise<void>, signal: AbortSignal): Promise<Error | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error as Error;
  }
}
