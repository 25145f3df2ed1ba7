import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ProgramError } from '../program.js';

/**
 * Runs a compiled program in a process of its own, with these variables and no others.
 *
 * @param file relative to the compiled `development/bench`
 */
export function startChild(file: string, variables: Readonly<Record<string, string>> = {}): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return fork(path, { env: variables, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** Resolves or rejects as `ready` does. @throws {ProgramError} the child ended first */
export async function readyBeforeEnd<T>(child: ChildProcess, ready: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const ended = once(child, 'exit', { signal: settled.signal }).then(([code]) => {
    throw new ProgramError(`${child.spawnfile} ended with code ${code} before it was ready`);
  });
  try {
    return await Promise.race([ready, ended]);
  } finally {
    settled.abort();
  }
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
