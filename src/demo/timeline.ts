import type { Cancellation } from '../api/cancellation.js';
import type { CallView } from '../simulator/calls/call-view.js';

export interface Step {
  readonly name: string;
  /** Milliseconds from the cancellation's acceptance. */
  readonly ms: number;
}

/** What happened to a cancellation according to both sides, in order of time. */
export function timelineOf(cancellation: Cancellation, call: CallView): Step[] {
  const update = call.updates.at(-1);
  const stream = call.streams.find(({ name }) => name === cancellation.streamName);
  const times: readonly [string, string | null | undefined][] = [
    ['cancellation accepted', cancellation.createdAt],
    ['Update a Call sent', cancellation.attempts.at(-1)?.startedAt],
    [`SignalWire answered ${update?.status}`, update?.answeredAt],
    ['stop document fetched', cancellation.documentFetchedAt],
    ['stream stopped', stream?.stoppedAt],
    [`cancellation ${cancellation.status}`, cancellation.finishedAt],
  ];
  const accepted = Date.parse(cancellation.createdAt);
  return times
    .flatMap(([name, time]) => (typeof time === 'string' ? [{ name, ms: Date.parse(time) - accepted }] : []))
    .toSorted((a, b) => a.ms - b.ms);
}
