import { inspect } from 'node:util';
import type { Books, CallBook, Named } from './books.js';
import type { Violation } from './comparison.js';
import type { Schedule } from './schedule.js';

/** The breakages one by one, and how many requests there are. */
export function scheduleText({ requests, calls, breakages }: Schedule): string {
  const kinds = countBy(requests.map(({ kind }) => kind));
  const faults = calls.reduce((sum, call) => sum + call.faults.length, 0);
  return [
    `${requests.length} requests (${kinds}) about ${calls.length} calls with ${faults} faults, and:`,
    ...breakages.map(
      ({ atMs, target, what, forMs }) =>
        `  ${seconds(atMs).padStart(6)} s  ${target}: ${what}${forMs > 0 ? ` for ${seconds(forMs)} s` : ''}`,
    ),
  ].join('\n');
}

/** How the cancellations ended. */
export function summaryOf({ accepted, records, calls }: Books): string {
  const ends = countBy(
    Array.from(records.values(), ({ status, evidence, failure }) => `${status} ${failure?.code ?? evidence}`),
  );
  const posts = calls.reduce((sum, book) => sum + book.posts.length, 0);
  const fetches = calls.reduce((sum, book) => sum + book.fetches.length, 0);
  return `${accepted.length} accepted, ${records.size} known (${ends}); ${posts} POSTs, ${fetches} fetches`;
}

/** The record beside the simulator's book of its call. */
export function violationText(
  { what, id, callSid }: Violation,
  { records, calls, disturbances }: Books,
): string {
  const book = calls.find(({ call }) => call.sid === callSid);
  const others = [...records.values()].filter((record) => record.callSid === callSid && record.id !== id);
  return [
    `VIOLATION: ${what}`,
    `record: ${text(id === null ? null : records.get(id))}`,
    `other records of the call: ${text(others)}`,
    `SignalWire's book: ${book === undefined ? 'none' : text(shown(book))}`,
    `broken: ${disturbances.map(({ target, what, from, to }) => `${target} ${what} ${clock(from)}-${clock(to)}`).join('; ')}`,
  ].join('\n');
}

const shown = ({ call, posts, fetches }: CallBook): object => ({
  sid: call.sid,
  endedAt: call.endedAt,
  endReason: call.endReason,
  streams: call.streams.map(({ name, status, stoppedAt }) => ({ name, status, stoppedAt })),
  posts: posts.map(({ update, named }) => {
    const { at, answeredAt, status, applied, dropped, fault } = update;
    return { at, answeredAt, status, applied, dropped, fault, ...namedText(named) };
  }),
  fetches: fetches.map(({ fetch, named }) => {
    const { role, startedAt, durationMs, status, error } = fetch;
    return { role, startedAt, durationMs, status, error: error?.message ?? null, ...namedText(named) };
  }),
  callbacks: call.callbacks.map(({ event, streamName, at, attempt, status, error }) => ({
    event,
    streamName,
    at,
    attempt,
    status,
    error,
  })),
});

const namedText = (named: Named | null) =>
  named && {
    sentAt: new Date(named.sentAt).toISOString(),
    stops: named.stops.map(({ cancellationId, streamName }) => `${cancellationId} ${streamName}`),
  };

const text = (value: unknown): string =>
  inspect(value, { depth: null, breakLength: 160, maxArrayLength: null, compact: 4 });
const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const clock = (epochMs: number): string => new Date(epochMs).toISOString().slice(11, 23);

/** For example `2 a, 1 b`. */
function countBy(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Array.from(counts, ([value, count]) => `${count} ${value}`).join(', ');
}
