import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../../src/demo/redis/commands.js';
import { unpackDebianPackages } from '../../../src/demo/redis/debian-packages.js';
import { NotRunnableError } from '../drill.js';

const LIBRARY = /\/libfaketime\.so\.1$/;

/** The wall clock of a process, which can jump while it runs; its monotonic clock is unaffected. */
export interface FakeClock {
  /** Variables that the process needs. */
  readonly variables: Readonly<Record<string, string>>;
  /** @param seconds from the true time; negative for the past */
  jumpTo(seconds: number): Promise<void>;
}

/**
 * A clock by libfaketime (https://github.com/wolfcw/libfaketime), unpacked from Debian's package without installing it.
 *
 * @param file where the process reads the time
 * @throws {NotRunnableError} this machine cannot have it
 */
export async function fakeClock(file: string): Promise<FakeClock> {
  const library = await findLibrary();
  const jumpTo = (seconds: number): Promise<void> => writeFile(file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  await jumpTo(0);
  return {
    variables: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_RESET: '1',
    },
    jumpTo,
  };
}

async function findLibrary(): Promise<string> {
  try {
    const packages = { name: 'libfaketime', packages: ['libfaketime'], check: libraryIn };
    const folder = await unpackDebianPackages(packages);
    return await libraryIn(folder);
  } catch (error) {
    throw new NotRunnableError(`no libfaketime: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws {Error} the folder has none that works */
async function libraryIn(folder: string): Promise<string> {
  const path = (await readdir(folder, { recursive: true })).find((name) => LIBRARY.test(name));
  if (path === undefined) throw new Error('the package has no libfaketime');
  const library = join(folder, path);
  // The loader only warns about a library that it cannot preload, so the effect is checked.
  const isFaked = ['sh', '-c', 'test "$(date +%Y)" = 2001'];
  await runCommand(isFaked, { variables: { LD_PRELOAD: library, FAKETIME: '@2001-06-01 00:00:00' } });
  return library;
}
