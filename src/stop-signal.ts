import { constants } from 'node:os';

/** npm passes on a SIGINT that the terminal has sent already, a few milliseconds later. */
const DUPLICATE_MS = 250;

/**
 * The first signal to stop. A second one, of somebody who does not want to wait, ends the process at once with 128 and
 * its number; one that comes so soon that it must be a duplicate of the first changes nothing.
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
