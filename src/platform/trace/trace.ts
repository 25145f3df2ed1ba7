import { AsyncLocalStorage } from 'node:async_hooks';
import { spans } from './spans.js';
import { traceIdOf } from './traceparent.js';

/** Which request some work goes back to. */
export interface Trace {
  readonly requestId?: string;
  /** Valid, of version 00. */
  readonly traceparent?: string;
}

const current = new AsyncLocalStorage<readonly Trace[]>();

/** Runs work that one request or several have asked for. Every line that it logs names them. */
export function traced<T>(origin: Trace | readonly Trace[], work: () => T): T {
  const traces = [origin].flat().map(traceIn);
  const recorder = spans();
  const traceparent = traces[0]?.traceparent;
  if (recorder === null || traceparent === undefined) return current.run(traces, work);
  return current.run(traces, () => recorder.within(traceparent, work));
}

/** Runs work that goes on after the request that happened to start it. */
export const untraced = <T>(work: () => T): T => current.exit(work);

/** The request that asked for the work at hand; empty if there is none. */
export const currentTrace = (): Trace => current.getStore()?.[0] ?? {};

/** What has to go on in the span in which the caller runs, if spans are recorded. */
export const tracedHere = <T>({ requestId, traceparent }: Trace, work: () => T): T =>
  traced({ requestId, traceparent: spans()?.current() ?? traceparent }, work);

/** What every line of the log says about the work at hand. */
export function traceFields(): Record<string, unknown> {
  const traces = current.getStore() ?? [];
  return {
    ...named(
      'requestId',
      traces.map(({ requestId }) => requestId),
    ),
    ...named(
      'traceId',
      traces.map(({ traceparent }) => traceIdOf(traceparent)),
    ),
  };
}

/** As `field` if there is one, and as a list under its plural if there are several. */
function named(field: string, ids: readonly (string | undefined)[]): Record<string, unknown> {
  const distinct = [...new Set(ids)].filter((id) => id !== undefined);
  if (distinct.length === 0) return {};
  return distinct.length === 1 ? { [field]: distinct[0] } : { [`${field}s`]: distinct };
}

/** Without other fields of the argument, which need not be kept. */
export const traceIn = ({ requestId, traceparent }: Trace): Trace => ({ requestId, traceparent });
