import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ProgramError } from '../../src/demo/program.js';

const STOP_LIMIT_MS = 5000;

/** Its process ends when stdin does, so that it never outlives the bench. */
const ENDS_WITH_PARENT = new URL('../drills/ends-with-parent.js', import.meta.url).href;
const MEMORY_WATCH = new URL('memory-watch.js', import.meta.url).href;

/** What is looked at in a child besides what it is there for. */
export interface Watched {
  /** The folder in which it leaves a profile of its processor time once it is stopped. */
  readonly profileTo?: string;
  /** Whether it heeds a `MemoryOrder`, which takes a little memory itself. */
  readonly tellsMemory?: boolean;
}

export interface ChildOptions extends Watched {
  /** Handed over as its first argument. */
  readonly setup?: object;
  /** Its whole environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Words before the command that it becomes, such as those of `taskset`. */
  readonly through?: readonly string[];
}

/** µs between two samples of a profile: often enough, and not so often that it is busy with that. */
const SAMPLED_EVERY_US = 500;

/**
 * Runs a compiled program in a process of its own.
 *
 * @param file relative to the compiled `development/bench`
 */
export function startChild(file: string, options: ChildOptions = {}): ChildProcess {
  const { setup = {}, variables = {}, through = [], profileTo, tellsMemory = false } = options;
  const profiled =
    profileTo === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`, `--cpu-prof-interval=${SAMPLED_EVERY_US}`];
  const watched = tellsMemory ? ['--import', MEMORY_WATCH] : [];
  const command: readonly string[] = [...through, process.execPath];
  return fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(setup)], {
    execPath: command[0],
    execArgv: [...command.slice(1), ...profiled, '--import', ENDS_WITH_PARENT, ...watched],
    env: variables,
    stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
  });
}

/** Runs a command that is not ours, whose output nobody reads. */
export function startCommand(
  [command, ...args]: readonly [string, ...string[]],
  variables: Readonly<Record<string, string>>,
): ChildProcess {
  return spawn(command, args, { env: variables, stdio: 'ignore' });
}

/** Resolves or rejects as `ready` does. @throws {ProgramError} the child ended first */
export async function readyBeforeEnd<T>(child: ChildProcess, ready: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const ended = once(child, 'exit', { signal: settled.signal }).then(([code]) => {
    throw new ProgramError(`${child.spawnargs.join(' ')} ended with code ${code} before it was ready`);
  });
  try {
    return await Promise.race([ready, ended]);
  } finally {
    settled.abort();
  }
}

/** The answer of a program to one order at a time. @throws {ProgramError} it ended instead */
export async function ask<Answer>(child: ChildProcess, order: object, signal: AbortSignal): Promise<Answer> {
  const answer = once(child, 'message', { signal });
  child.send(order);
  const [message] = (await readyBeforeEnd(child, answer)) as [Answer];
  return message;
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(force);
}
