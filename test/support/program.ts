import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inject, onTestFinished } from 'vitest';

/** A line of the log, with the fields that tests read. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly context?: string;
  readonly cancellationId?: string;
  readonly cancellationIds?: readonly string[];
  readonly requestId?: string;
  readonly traceId?: string;
  readonly api?: string;
  readonly projects?: string;
  readonly faults?: readonly string[];
}

/**
 * Runs the compiled service with `env` as its whole environment.
 *
 * @param imported a module to load first
 * @param built the folder with the compiled service, if it is not this version's
 */
export function run(env: Record<string, string>, imported?: URL, built = inject('built')) {
  const program = imported === undefined ? ['main.js'] : ['--import', imported.href, 'main.js'];
  const child = spawn(process.execPath, program, {
    cwd: built,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const written = { output: [] as string[], errors: '' };
  child.stderr.on('data', (chunk: Buffer) => (written.errors += chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => written.output.push(line));
  const ended = once(child, 'close');
  const next = (matches: (line: LogLine) => boolean, what: string) =>
    new Promise<LogLine>((resolve, reject) => {
      lines.on('line', (line) => {
        const entry = JSON.parse(line) as LogLine;
        if (matches(entry)) resolve(entry);
      });
      lines.on('close', () => reject(new Error(`ended before ${what}: ${written.errors}`)));
    });
  return {
    child,
    /** What was logged so far. */
    lines: () => written.output.map((line) => JSON.parse(line) as LogLine),
    /** The next line with this message. */
    logged: (message: string) => next(({ msg }) => msg === message, `"${message}"`),
    /** The next line of level error. */
    loggedError: () => next(({ level }) => level === 'error', 'an error'),
    end: async () => {
      const [exitCode, signal] = (await ended) as [number | null, string | null];
      return { exitCode, signal, ...written };
    },
  };
}

export const stopped = { exitCode: 0, signal: null, errors: '' };

/** Sends the signals and waits for the end. */
export async function stop(
  { child, end }: { child: ChildProcess; end: ReturnType<typeof run>['end'] },
  ...signals: NodeJS.Signals[]
) {
  const sent = performance.now();
  for (const signal of signals) child.kill(signal);
  return { ...(await end()), tookMs: performance.now() - sent };
}
