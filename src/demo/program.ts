import { constants } from 'node:os';
import pTimeout from 'p-timeout';
import { InvalidEnvironmentError } from '../config/environment.js';
import { CannotListenError } from '../listen.js';
import { NoRedisError } from './redis/provide-redis.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A part that does not stop in this time does not keep the program alive. */
const END_LIMIT_MS = 10_000;

/** The program failed for a reason that its user can understand and change; the message says which. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor(readonly signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
  }
}

/** Starts the parts of a program and stops them with it, the last one first. */
export class Program {
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  private readonly interruption = new AbortController();
  private readonly ends: (() => Promise<unknown>)[] = [];
  private ending?: Promise<void>;

  /** @param limits further reasons to end it */
  constructor(limits: readonly AbortSignal[] = []) {
    this.signal = AbortSignal.any([this.interruption.signal, ...limits]);
  }

  /** A program within this one, which ends no later than this one. */
  part(limit: AbortSignal): Program {
    const part = new Program([this.signal, limit]);
    this.ends.push(() => part.end());
    return part;
  }

  interrupt(signal: NodeJS.Signals): void {
    this.interruption.abort(new InterruptedError(signal));
  }

  /** @param end stops what `part` resolved with, even if it is still starting when the program ends */
  start<T>(part: () => Promise<T>, end: (part: T) => Promise<unknown>): Promise<T> {
    this.signal.throwIfAborted();
    const starting = part();
    this.ends.push(() => starting.then(end, () => undefined));
    return starting;
  }

  end(): Promise<void> {
    return (this.ending ??= this.endAll());
  }

  write(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  private async endAll(): Promise<void> {
    for (const end of this.ends.toReversed()) await end();
  }
}

export interface ProgramOptions {
  /** Ctrl-C is the normal way to end it and exits with 0. */
  readonly runsUntilInterrupted?: boolean;
}

/** Runs a command-line program and exits the process when it ends. */
export async function runProgram(
  run: (program: Program) => Promise<void>,
  { runsUntilInterrupted = false }: ProgramOptions = {},
): Promise<void> {
  const program = new Program();
  // Not `once`: npm repeats a signal that the terminal has already sent to the whole process group.
  for (const signal of SIGNALS) process.on(signal, () => program.interrupt(signal));
  let exitCode = 0;
  try {
    await pTimeout(run(program), { milliseconds: Number.POSITIVE_INFINITY, signal: program.signal });
  } catch (error) {
    if (!(error instanceof InterruptedError)) {
      process.stderr.write(`${explain(error)}\n`);
      exitCode = 1;
    } else if (!runsUntilInterrupted) {
      exitCode = 128 + constants.signals[error.signal];
    }
  }
  setTimeout(() => process.exit(exitCode), END_LIMIT_MS).unref();
  await program.end();
  process.exit(exitCode);
}

/** The message is enough if the user can do something about the error. */
function explain(error: unknown): string {
  const expected =
    error instanceof ProgramError ||
    error instanceof NoRedisError ||
    error instanceof InvalidEnvironmentError ||
    error instanceof CannotListenError;
  return expected ? (error as Error).message : String((error as Error).stack ?? error);
}
