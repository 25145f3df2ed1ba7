import { constants } from 'node:os';
import pTimeout from 'p-timeout';
import { InvalidEnvironmentError } from '../config/environment.js';
import { NoRedisError, UnreachableRedisError } from './redis/redis.errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What cannot be ended in this time does not keep the program alive. */
const END_LIMIT_MS = 10_000;

/** The program cannot do what it is for; the message says why, to a reader who knows nothing of the code. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
}

class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor(readonly signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
  }
}

/** What a program has started. All of it ends with the program, the last part first. */
export class Program {
  /** Aborted by Ctrl-C and its like. */
  readonly signal: AbortSignal;
  private readonly interruption = new AbortController();
  private readonly ends: (() => Promise<unknown>)[] = [];
  private ending?: Promise<void>;

  /** @param limits what ends it besides Ctrl-C */
  constructor(limits: readonly AbortSignal[] = []) {
    this.signal = AbortSignal.any([this.interruption.signal, ...limits]);
  }

  /** A program within this one, which ends for itself, and at the latest with this one. */
  part(limit: AbortSignal): Program {
    const part = new Program([this.signal, limit]);
    this.ends.push(() => part.end());
    return part;
  }

  interrupt(signal: NodeJS.Signals): void {
    this.interruption.abort(new InterruptedError(signal));
  }

  /** @param end takes what `part` resolves with, and also ends a part that still starts when the program ends */
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
  /** Ctrl-C is the way to end it, and no failure. */
  readonly runsUntilInterrupted?: boolean;
}

/** Runs a program of the command line to its end, which is also the end of the process. */
export async function runProgram(
  run: (program: Program) => Promise<void>,
  { runsUntilInterrupted = false }: ProgramOptions = {},
): Promise<void> {
  const program = new Program();
  // Not `once`: npm passes on the signal that the terminal has sent to the whole group already.
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

/** Where the reader can do something about it, its message is enough. */
function explain(error: unknown): string {
  const expected =
    error instanceof ProgramError ||
    error instanceof NoRedisError ||
    error instanceof UnreachableRedisError ||
    error instanceof InvalidEnvironmentError ||
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  return expected ? (error as Error).message : String((error as Error).stack ?? error);
}
