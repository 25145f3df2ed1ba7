import { format } from 'node:util';
import { RareLine } from './rare-line.js';

/** Logs what libraries write with `console.warn` and `console.error`, which would stand raw among the lines of the log. */
export function logConsole(logger: ConstructorParameters<typeof RareLine>[0]): void {
  const line = new RareLine(logger, 'warn', 'a library wrote a warning');
  console.warn = console.error = (...texts: unknown[]) => line.write({ text: format(...texts) });
}
