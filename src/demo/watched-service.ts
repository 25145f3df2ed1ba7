import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { withVariables } from './redis/commands.js';

/** Compiles `src` and runs `main.ts` in Nest's watch mode: again after each change. */
export function watchService(variables: Readonly<Record<string, string>>): ChildProcess {
  const nest = fileURLToPath(import.meta.resolve('@nestjs/cli/bin/nest.js'));
  const watch = [process.execPath, nest, 'start', '--watch', '--no-shell', '--preserveWatchOutput'];
  const [command, ...args] = withVariables(variables, watch);
  // A process group of its own: on Ctrl-C, Nest would pass on a second SIGINT and end the service before it has
  // drained.
  return spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Nest passes the signal on and exits after the service. */
export async function stopWatching(watcher: ChildProcess): Promise<void> {
  if (watcher.exitCode !== null || watcher.signalCode !== null) return;
  const ended = once(watcher, 'exit');
  watcher.kill('SIGTERM');
  await ended;
}
