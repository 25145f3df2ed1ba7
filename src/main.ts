import { on } from 'node:events';
import { stopSignal } from './stop-signal.js';

// Listened for before anything else is loaded: a signal that nobody listens for ends the process at once.
const stop = stopSignal();

/** Kept until the service can heed them, for the same reason. */
const reloadSignals = on(process, 'SIGHUP');

const { run } = await import('./run.js');
await run({ stop, reload: reloadSignals });
