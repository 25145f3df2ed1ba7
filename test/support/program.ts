import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inject, onTestFinished } from 'vitest';

/** What the tests read of a line of the log. */
export interface LogLine {
  readonly message: string;
  readonly context?: string;
  readonly api?: string;
  readonly projects?: string;
  readonly faults?: readonly string[];
}

/**
 * Runs the compiled program in an environment of nothing but `env`.
 *
 * @param imported a module that is loaded before it
 */
export function run(env: Record<string, string>, imported?: URL) {
  const program = imported === undefined ? ['main.js'] : ['--import', imported.href, 'main.js'];
  const child = spawn(process.execPath, program, {
    cwd: inject('built'),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const written = { output: [] as string[], errors: '' };
  child.stderr.on('data', (chunk: Buffer) => (written.errors += chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  const errorLines = createInterface({ input: child.stderr });
  lines.on('line', (line) => written.output.push(line));
  const ended = once(child, 'close');
  return {
    child,
    /** The first line that is written from now on with this message. */
    logged: (message: string) =>
      new Promise<LogLine>((resolve, reject) => {
        lines.on('line', (line) => {
          const entry = JSON.parse(line) as LogLine;
          if (entry.message === message) resolve(entry);
        });
        lines.on('close', () => reject(new Error(`ended before "${message}": ${written.errors}`)));
      }),
    /** The next line of the log that tells of an error. */
    loggedError: async () => {
      const [line] = (await once(errorLines, 'line')) as [string];
      return JSON.parse(line) as LogLine;
    },
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
