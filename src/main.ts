import { on } from 'node:events';
import { stopSignal } from './stop-signal.js';

// Before anything else is loaded, because a signal without a listener ends the process at once.
const stop = stopSignal();

/** Buffered until the service has started. */
const reloadSignals = on(process, 'SIGHUP');

const { run } = await import('./run.js');
await run({ stop, reload: reloadSignals });
