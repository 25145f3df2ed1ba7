import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ProgramError } from '../../src/demo/program.js';

const STOP_LIMIT_MS = 10_000;

/** The end of each child's stderr, shown if it ends too early: emptying Redis makes the service log errors. */
const errors = new WeakMap<ChildProcess, string>();
const KEPT_CHARACTERS = 2000;

/** A child ends when its stdin does, so that it never outlives the bench. */
const ENDS_WITH_PARENT = new URL('../drills/parts/ends-with-parent.js', import.meta.url).href;

/** µs between two samples of a profile. */
const SAMPLED_EVERY_US = 500;

/** A process under measurement, or one that serves it. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Empty if it does not listen. */
  readonly url: string;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

export const running = (child: ChildProcess, port: number): Running => ({
  child,
  pid: child.pid ?? 0,
  url: port === 0 ? '' : `http://127.0.0.1:${port}`,
  startedAt: performance.now(),
});

export interface ChildOptions {
  /** Passed as its first argument. */
  readonly setup?: object;
  /** Its whole environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Words before the command, such as those of `taskset`. */
  readonly through?: readonly string[];
  /** The folder for a CPU profile, written when `endChild` ends it. */
  readonly profileTo?: string | undefined;
}

/**
 * Runs a compiled program in a process of its own.
 *
 * @param file relative to this one
 */
export function startChild(file: string, options: ChildOptions = {}): ChildProcess {
  const { setup = {}, variables = {}, through = [], profileTo } = options;
  const profiled =
    profileTo === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`, `--cpu-prof-interval=${SAMPLED_EVERY_US}`];
  const command: readonly string[] = [...through, process.execPath];
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(setup)], {
    execPath: command[0],
    execArgv: [...command.slice(1), ...profiled, '--import', ENDS_WITH_PARENT],
    env: variables,
    stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors.set(child, ((errors.get(child) ?? '') + chunk.toString()).slice(-KEPT_CHARACTERS));
  });
  return child;
}

/** Settles as `ready` does. @throws {ProgramError} the child ended first */
export async function readyBeforeEnd<T>(child: ChildProcess, ready: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const ended = once(child, 'exit', { signal: settled.signal }).then(([code]) => {
    throw new ProgramError(
      `${child.spawnargs.join(' ')} ended with code ${code} too early: ${errors.get(child) ?? ''}`,
    );
  });
  try {
    return await Promise.race([ready, ended]);
  } finally {
    settled.abort();
  }
}

/** A program's answer to one order at a time. @throws {ProgramError} it ended instead */
export async function ask<Answer>(child: ChildProcess, order: object, signal: AbortSignal): Promise<Answer> {
  const answer = once(child, 'message', { signal });
  child.send(order);
  const [message] = (await readyBeforeEnd(child, answer)) as [Answer];
  return message;
}

/** Sends SIGTERM, and SIGKILL if that is not enough. */
export function stopChild(child: ChildProcess): Promise<void> {
  return untilEnded(child, () => child.kill('SIGTERM'));
}

/** Ends it at once and in order, so that a profile is written. */
export function endChild(child: ChildProcess): Promise<void> {
  return untilEnded(child, () => child.stdin?.end());
}

async function untilEnded(child: ChildProcess, end: () => unknown): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  end();
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(force);
}
