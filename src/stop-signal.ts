import { constants } from 'node:os';

/** npm repeats a SIGINT that the terminal has already sent, a few milliseconds later. */
const DUPLICATE_MS = 250;

/**
 * Resolves with the first SIGTERM or SIGINT. A second one ends the process at once with 128 plus its number, unless it
 * comes so soon that it must be a duplicate of the first.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | null = null;
    const onSignal = (signal: NodeJS.Signals): void => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt >= DUPLICATE_MS) process.exit(128 + constants.signals[signal]);
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
