import { on } from 'node:events';
import { areTracesWanted } from './config/traces/traces-wanted.js';
import { recordSpans } from './platform/trace/spans.js';
import { stopSignal } from './stop-signal.js';

// Before anything else is loaded, because a signal without a listener ends the process at once.
const stop = stopSignal();

/** Buffered until the service has started. */
const reloadSignals = on(process, 'SIGHUP');

if (areTracesWanted()) {
  const { startSpans } = await import('./platform/trace/open-telemetry.js');
  recordSpans(startSpans());
}

const { run } = await import('./run.js');
await run({ stop, reload: reloadSignals });
