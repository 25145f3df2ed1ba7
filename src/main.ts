import { stopSignal } from './stop-signal.js';

// Listened for before anything else is loaded: a signal that nobody listens for ends the process at once.
const toldToStop = stopSignal();

const { run } = await import('./run.js');
await run(toldToStop);
