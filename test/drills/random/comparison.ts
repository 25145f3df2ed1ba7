import type { Cancellation } from '../parts/cancellation.js';
import { names, wasServed } from './books.js';
import type { Books, CallBook } from './books.js';
import { faultsOfPosts } from './posts.js';

const FINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'expired', 'withdrawn']);

/** The simulator and the service are two processes of one machine, which may be busy. */
const NOTED_WITHIN_MS = 1000;

/** Something that the books of both sides do not agree on, or that must not be in either. */
export interface Violation {
  readonly what: string;
  /** The cancellation concerned. */
  readonly id: string | null;
  readonly callSid: string | null;
}

/** Compares what the callers, the service and SignalWire wrote down. */
export function violationsIn(books: Books): Violation[] {
  const bySid = new Map(books.calls.map((book) => [book.call.sid, book]));
  return [
    ...books.accepted.flatMap((id) =>
      books.records.has(id) ? [] : [{ what: 'accepted, but unknown', id, callSid: null }],
    ),
    ...Array.from(books.records.values()).flatMap((record) => {
      const { id, callSid } = record;
      const states = books.states.get(id) ?? [];
      const book = bySid.get(callSid);
      const faults = [
        ...(FINAL.has(record.status) ? [] : [`not final: ${record.status}`]),
        ...(states.length === 1 ? [] : [`in ${states.length} states of the queue: ${states.join()}`]),
        ...(book === undefined
          ? ['no such call']
          : [...faultsOfEvidence(record, book), ...faultsOfAttempts(record, book)]),
      ];
      return faults.map((what) => ({ what, id, callSid }));
    }),
    ...books.calls.flatMap((book) => faultsOfPosts(book, books)),
  ];
}

/** Each claim of the record has its counterpart in the simulator's book. */
function faultsOfEvidence(record: Cancellation, book: CallBook): string[] {
  const { id, streamName, status, evidence } = record;
  const { call, posts } = book;
  const isFetched = book.fetches.some(
    (fetch) => wasServed(fetch) && names(fetch.named, id) && fetch.fetch.body.includes('<Stream name='),
  );
  const isAccepted = posts.some(
    ({ update, named }) => names(named, id) && update.applied && update.status === 200,
  );
  const isReported = call.callbacks.some(
    (callback) => callback.event === 'stream-stopped' && callback.streamName === streamName,
  );
  const isStopped = call.streams.every((stream) => stream.name !== streamName || stream.status === 'stopped');
  const hasEnded =
    call.endedAt !== null &&
    Date.parse(call.endedAt) <= Date.parse(record.finishedAt ?? '') + NOTED_WITHIN_MS;
  return [
    record.documentFetchedAt === null || isFetched ? [] : ['document_fetched without a fetch'],
    record.streamStoppedAt === null || isReported ? [] : ['stream_stopped without a callback'],
    record.acceptedAt === null || isAccepted ? [] : ['accepted without a 200'],
    evidence !== 'call_ended' || hasEnded ? [] : ['call_ended, but the call had not ended'],
    status !== 'succeeded' || isStopped ? [] : ['succeeded, but the stream is live'],
    status !== 'succeeded' || PROVEN.has(evidence) ? [] : [`succeeded with ${evidence}`],
  ].flat();
}

const PROVEN: ReadonlySet<string> = new Set(['document_fetched', 'stream_stopped', 'call_ended']);

/** Each answered attempt is a POST that got this answer. Unanswered ones may not have arrived. */
function faultsOfAttempts({ id, attempts, deadline }: Cancellation, { posts }: CallBook): string[] {
  return attempts.flatMap(({ startedAt, outcome, httpStatus }) => {
    const started = Date.parse(startedAt);
    const post = posts.find(({ named }) => names(named, id) && named?.sentAt === started);
    const late = started > Date.parse(deadline) ? [`attempt at ${startedAt}, after the deadline`] : [];
    if (post === undefined)
      return httpStatus === null
        ? late
        : [...late, `attempt at ${startedAt} (${outcome}) was never received`];
    const { status } = post.update;
    return httpStatus === null || httpStatus === status
      ? late
      : [...late, `attempt at ${startedAt} got ${httpStatus}, but ${status} was sent`];
  });
}
