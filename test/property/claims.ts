import type { Cancellation } from '../../src/api/cancellation.js';
import type { CallView, FetchRecord, UpdateRecord } from '../../src/simulator/calls/call-view.js';

/**
 * What a finished cancellation claims that the call's own records do not show.
 *
 * @param notedWithinMs both sides read the same clock, but write down what happened up to this much later
 */
export function unfoundedClaims(cancellation: Cancellation, call: CallView, notedWithinMs: number): string[] {
  const finishedBy = Date.parse(String(cancellation.finishedAt)) + notedWithinMs;
  const claims: [claim: string, isMade: boolean, isShown: boolean][] = [
    ['was accepted', cancellation.acceptedAt !== null, acceptances(call) > 0],
    ['accepted attempts', true, acceptedIn(cancellation) <= acceptances(call)],
    [
      'its document was fetched',
      cancellation.documentFetchedAt !== null,
      wasFetched(cancellation, call, notedWithinMs),
    ],
    ['its stream stopped', cancellation.streamStoppedAt !== null, hasReportedStop(cancellation, call)],
    ['SignalWire said it is stopped', cancellation.saidStoppedAt !== null, wasSaidStopped(call)],
    ['the call ended', cancellation.evidence === 'call_ended', isBefore(call.endedAt, finishedBy)],
    ['succeeded', cancellation.status === 'succeeded', hasEffect(cancellation, call, finishedBy)],
    [
      'sent in time',
      true,
      cancellation.attempts.every(({ startedAt }) => startedAt <= cancellation.deadline),
    ],
    ['sent', wasReceived(cancellation, call), posts(call).length > 0],
  ];
  return claims.filter(([, isMade, isShown]) => isMade && !isShown).map(([claim]) => claim);
}

const posts = ({ updates, streamPosts }: CallView): readonly UpdateRecord[] => [...updates, ...streamPosts];

const acceptances = (call: CallView): number =>
  posts(call).filter(({ status }) => status !== null && status < 300).length;

const acceptedIn = ({ attempts }: Cancellation): number =>
  attempts.filter(({ outcome }) => outcome === 'accepted' || outcome === 'not_confirmed').length;

/**
 * Only what was answered was surely received. A POST for a call that does not exist, or not yet, is in nobody's books.
 */
const wasReceived = ({ attempts }: Cancellation, { createdAt }: CallView): boolean =>
  attempts.some(
    ({ outcome, httpStatus, startedAt }) =>
      httpStatus !== null && outcome !== 'call_not_found' && Date.parse(startedAt) >= Date.parse(createdAt),
  );

/** A document with the stream's name, by one of the addresses in our updates, at the time that is claimed. */
const wasFetched = (
  { streamName, documentFetchedAt }: Cancellation,
  { updates, fetches }: CallView,
  notedWithinMs: number,
): boolean => {
  const sent = new Set(updates.flatMap(({ params }) => [params['Url'], params['FallbackUrl']]));
  const at = Date.parse(String(documentFetchedAt));
  return fetches.some(
    (fetch) =>
      sent.has(fetch.url) &&
      Math.abs(Date.parse(fetch.startedAt) - at) < notedWithinMs + fetch.durationMs &&
      (isAborted(fetch) || (fetch.status === 200 && fetch.body.includes(`<Stream name="${streamName}"/>`))),
  );
};

/** The document may have been on its way when the call ended or another update replaced it. */
export const isAborted = ({ error }: FetchRecord): boolean => error?.message.startsWith('Aborted') === true;

const hasReportedStop = ({ streamName, streamSid }: Cancellation, { callbacks }: CallView): boolean =>
  callbacks.some(
    (callback) =>
      callback.event === 'stream-stopped' &&
      (callback.streamName === streamName || callback.streamSid === streamSid),
  );

/** By the answer itself, or by one that does not know a stream which an earlier request may have stopped. */
const wasSaidStopped = ({ streamPosts }: CallView): boolean =>
  streamPosts.some(({ applied, status }) => (applied && status !== null && status < 300) || status === 404);

const isBefore = (at: string | null, by: number): boolean => at !== null && Date.parse(at) <= by;

/** The stream is over, whoever ended it. */
const hasEffect = ({ streamName, streamSid }: Cancellation, call: CallView, finishedBy: number): boolean =>
  isBefore(call.endedAt, finishedBy) ||
  call.streams
    .filter(({ name, sid }) => name === streamName || sid === streamSid)
    .every(({ stoppedAt }) => isBefore(stoppedAt, finishedBy));
