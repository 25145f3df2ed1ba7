import { on } from 'node:events';

/**
 * The first signal to stop; later ones change nothing, as npm passes on a SIGINT that the terminal has sent already.
 * It is listened for before anything else is loaded: a signal that nobody listens for ends the process at once.
 */
const stopSignal = new Promise<NodeJS.Signals>((resolve) => {
  process.on('SIGTERM', resolve);
  process.on('SIGINT', resolve);
});

/** Kept until the service can heed them, for the same reason. */
const reloadSignals = on(process, 'SIGHUP');

const { run } = await import('./run.js');
await run({ stop: stopSignal, reload: reloadSignals });
