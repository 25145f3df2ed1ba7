import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A command with variables added to the inherited environment, for `spawn` and `execFile`. */
export function withVariables(
  variables: Readonly<Record<string, string>>,
  command: readonly string[],
): [string, ...string[]] {
  return ['env', ...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...command];
}

/**
 * Runs a command to its end, with its messages in English.
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
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(stderr?.trim() || message, { cause: error });
  }
}
