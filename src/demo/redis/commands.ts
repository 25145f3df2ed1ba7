import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The first of the commands that a folder of the search path has, in the order of the folders. */
export async function findCommand(
  names: readonly string[],
  searchPath: string | undefined,
): Promise<string | undefined> {
  const folders = (searchPath ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  for (const candidate of candidates) {
    if (await isExecutableFile(candidate)) {
      return candidate;
    }
  }
  return undefined;
}

/** The words that run a command in the inherited environment plus these variables, for `spawn` and `execFile`. */
export function withVariables(
  variables: Readonly<Record<string, string>>,
  command: readonly string[],
): [string, ...string[]] {
  return ['env', ...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...command];
}

/**
 * Runs a command to its end. Messages are asked for in English, because they are shown beside English text.
 *
 * @throws {Error} with what the command wrote to stderr
 */
export async function runCommand(
  command: readonly string[],
  options: { variables?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<void> {
  const [file, ...args] = withVariables({ LC_ALL: 'C', ...options.variables }, command);
  try {
    await run(file, args, { signal: options.signal });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new Error(describeFailure(error), { cause: error });
  }
}

function describeFailure(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  return stderr?.trim() || message;
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
