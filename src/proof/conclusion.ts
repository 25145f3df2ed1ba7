import type { CancellationView } from '../cancellation/view.js';
import { withLostAttempt } from '../cancellation/record-updates.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';

/** What the facts show, and no more than that. */
export function conclusionOf(view: CancellationView): string {
  return [SHOWN[view.evidence](view), unknownStream(view), unfinished(view)]
    .filter((text) => text !== null)
    .join(' ');
}

/** A fetch of a document with an unknown name looks like any other, although it stops nothing. */
const unknownStream = ({ warnings }: CancellationView): string | null =>
  warnings.some(({ code }) => code === 'stream_unknown')
    ? 'Signed callbacks had reported the running streams of the call, and none of them had that name; a document with an unknown name ' +
      'stops nothing.'
    : null;

const unfinished = ({ finishedAt, status }: CancellationView): string | null =>
  finishedAt === null ? `The cancellation is not finished: it is ${status}, so more may follow.` : null;

const SHOWN: Readonly<Record<CancellationView['evidence'], (view: CancellationView) => string>> = {
  stream_stopped: ({ streamStoppedAt }) =>
    `SignalWire reported, in a signed callback, that the stream stopped at ${streamStoppedAt}.`,
  document_fetched: ({ documentFetchedAt }) =>
    `The document that tells SignalWire to stop the stream was fetched at ${documentFetchedAt}. ` +
    'That the stream stopped was not reported, and is not proven by this.',
  call_ended: () => 'By the answers of SignalWire, the call was over, so that it had no stream left to stop.',
  accepted: ({ acceptedAt, saidStoppedAt }) =>
    saidStoppedAt === null
      ? `SignalWire accepted the request at ${acceptedAt}, which means that it would carry it out. ` +
        'That it did, and that the stream stopped, is not proven by this.'
      : `SignalWire answered at ${saidStoppedAt} that the stream is stopped, or does not exist any more. ` +
        'It did not report when it stopped.',
  none: () => 'Nothing shows that the stream stopped.',
};

const NO_REPORT =
  'Whether and when the stream stopped, by a report: no signed stream status callback of its end has come. SignalWire sends these on a ' +
  'best-effort basis, and only where the stream was started with a `statusCallback` to this service';

const FETCHED_BY =
  'From which address the document was fetched: that is in the log of streamstop, with the id of the cancellation. The link was given to ' +
  'nobody but SignalWire';

const WHEN_ENDED = 'When the call ended: streamstop asks whether a call is over, and not since when';

const ELSEWHERE =
  'Whether the document was fetched: it is on another server, which does not report its fetches to streamstop';

const LOST_ANSWER = 'Whether SignalWire received and carried out the attempts to which no answer is known';

/** What a reader may look for, and the facts do not tell. */
export function notKnown(stored: StoredCancellation, view: CancellationView): string[] {
  const record = stored.isActive ? stored.record : withLostAttempt(stored.record);
  const first = record.attempts[0]?.number ?? 1;
  const isUnanswered = record.attempts.some(
    ({ mayHaveArrived, httpStatus }) => mayHaveArrived && httpStatus === null,
  );
  return [
    view.streamStoppedAt === null ? NO_REPORT : null,
    view.documentFetchedAt === null ? null : FETCHED_BY,
    record.callEnded ? WHEN_ENDED : null,
    record.isDocumentElsewhere && view.documentFetchedAt === null ? ELSEWHERE : null,
    isUnanswered ? LOST_ANSWER : null,
    first > 1 ? `The attempts 1 to ${first - 1}: only the last ${record.attempts.length} are kept` : null,
  ].filter((text) => text !== null);
}
