import { duration, words } from '../../../platform/page/format.js';
import { reasonOf, REASONS } from '../list/reasons.js';

export const ATTEMPT = { update_call: 'Update a Call', stream_resource: 'Stop by SID' };

/** What happened to a cancellation, in order: `at`, `title`, `detail` and `tone` of each step. */
export function stepsOf(cancellation) {
  const { acceptedAt, documentFetchedAt, saidStoppedAt, streamStoppedAt } = cancellation;
  const steps = [
    requested(cancellation),
    ...cancellation.attempts.map((attempt, index) => attempted(attempt, cancellation.attempts[index - 1])),
    acceptedAt && step(acceptedAt, 'SignalWire accepted the request', 'Not yet proof that anything stopped.'),
    documentFetchedAt && step(documentFetchedAt, 'SignalWire fetched the stop document', '', 'good'),
    saidStoppedAt && step(saidStoppedAt, 'SignalWire said that the stream has stopped', '', 'good'),
    streamStoppedAt && step(streamStoppedAt, 'The stream stopped, by a signed callback', '', 'good'),
    ended(cancellation),
    ...cancellation.callbacks.flatMap(reported),
  ];
  const happened = steps.filter(Boolean).toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return [...happened, ...expected(cancellation)];
}

const step = (at, title, detail = '', tone = '') => ({ at, title, detail, tone });

function requested({ createdAt, requestedBy, requestId, retryOf, streamName, streamSid }) {
  const by = requestedBy === null ? 'Requested' : `${requestedBy} asked`;
  const what = streamName === null ? `stream ${streamSid}` : `stream "${streamName}"`;
  const detail = [retryOf && 'a retry of an earlier cancellation', requestId && `request id ${requestId}`];
  return step(createdAt, `${by} to stop ${what}`, detail.filter(Boolean).join('; '));
}

function attempted(attempt, before) {
  const { number, strategy, startedAt, durationMs, outcome, httpStatus, providerCode, message } = attempt;
  const wait = before && Date.parse(startedAt) - Date.parse(before.startedAt) - before.durationMs;
  const detail = [
    httpStatus === null ? 'no answer' : `HTTP ${httpStatus}`,
    providerCode && `code ${providerCode}`,
    message,
    `took ${duration(durationMs)}`,
    wait > 0 && `after a wait of ${duration(wait)}`,
  ];
  return step(
    startedAt,
    `Attempt ${number} (${ATTEMPT[strategy]}): ${REASONS[outcome] ?? words(outcome)}`,
    detail.filter(Boolean).join('; '),
    outcome === 'accepted' ? '' : 'bad',
  );
}

const ENDS = {
  succeeded: ['Succeeded', 'good'],
  failed: ['Given up', 'bad'],
  expired: ['Expired: the deadline had passed', 'bad'],
};

const YOUNG = 'SignalWire may not know a young call yet, so it is looked for until 5 s after the request.';

function ended({ status, finishedAt, evidence, failure, attempts }) {
  if (finishedAt === null) return null;
  const [title, tone] = ENDS[status] ?? [withdrawnAfter(attempts), ''];
  const over = evidence === 'call_ended' ? 'The call is over, so nothing is left to stop.' : '';
  const searched = failure?.code === 'call_not_found' ? `. ${YOUNG}` : '';
  return step(finishedAt, title, failure ? `${failure.message}${searched}` : over, tone);
}

const withdrawnAfter = ({ length }) =>
  length === 0
    ? 'Withdrawn before it was sent'
    : `Withdrawn after ${length} attempt${length === 1 ? '' : 's'}`;

const reported = ({ attempts }) =>
  attempts.map(({ startedAt, durationMs, outcome, httpStatus, message }) =>
    step(
      startedAt,
      `Callback – ${words(outcome)}`,
      [httpStatus && `HTTP ${httpStatus}`, message, `took ${duration(durationMs)}`]
        .filter(Boolean)
        .join('; '),
      outcome === 'delivered' ? '' : 'bad',
    ),
  );

function expected({ status, finishedAt, nextAttemptAt, deadline, callbacks }) {
  const steps = callbacks
    .filter(({ nextAttemptAt }) => nextAttemptAt !== null)
    .map(({ nextAttemptAt }) => step(nextAttemptAt, 'Next attempt to deliver the callback', '', 'next'));
  if (finishedAt !== null) return steps;
  const next = nextAttemptAt && step(nextAttemptAt, 'Next attempt', '', 'next');
  const waits = {
    queued: 'Waiting for a worker, for its call or for its project',
    running: 'Waiting for SignalWire to fetch the document',
  };
  return [
    ...(waits[status] ? [step(null, waits[status], '', 'next')] : []),
    ...(next ? [next] : []),
    step(deadline, 'Deadline: no attempt starts after it', '', 'next'),
    ...steps,
  ];
}

export function summaryOf({
  status,
  evidence,
  createdAt,
  deadlineMs,
  documentFetchedAt,
  failure,
  attempts,
  ...rest
}) {
  const why = reasonOf({ status, failure }).join(': ').replace(/\.$/, '');
  const took = (at) => duration(Date.parse(at) - Date.parse(createdAt));
  const proofs = {
    stream_stopped: () =>
      `The stream stopped ${took(rest.streamStoppedAt)} after the request, as SignalWire reported.`,
    document_fetched: () =>
      `SignalWire fetched the stop document ${took(documentFetchedAt)} after the request.`,
    call_ended: () => 'The call is over, so nothing is left to stop.',
    accepted: () =>
      rest.saidStoppedAt
        ? `SignalWire said that the stream has stopped, ${took(rest.saidStoppedAt)} after the request.`
        : 'SignalWire accepted the request.',
  };
  const ways = {
    succeeded: () => proofs[evidence]?.() ?? 'Succeeded.',
    failed: () => `Failed: ${why}.`,
    expired: () =>
      `The deadline passed ${duration(deadlineMs)} after the request, without proof of a stop${failure ? `: ${why}` : ''}.`,
    withdrawn: () => {
      if (proofs[evidence]) return `${withdrawnAfter(attempts)}. ${proofs[evidence]()}`;
      return attempts.length === 0
        ? 'Withdrawn before it was sent. The stream was not stopped by it.'
        : `${withdrawnAfter(attempts)}, without proof of a stop.`;
    },
    queued: () => 'Waiting to be sent.',
    running: () =>
      attempts.length === 0 ? 'Being sent.' : 'Sent; waiting for SignalWire to fetch the stop document.',
    retrying: () => 'The last attempt failed; it is tried again.',
  };
  return ways[status]();
}

const MEANINGS = {
  document_fetched:
    'Known: SignalWire has fetched the instruction to stop the stream. Not known: whether the stream has stopped. ' +
    'Only a signed report from SignalWire tells that, and none has come.',
  accepted: 'Known: SignalWire has accepted the request. Not known: whether the stream has stopped.',
};

/** What the evidence shows and what it does not; undefined where that goes without saying. */
export const meaningOf = ({ evidence, saidStoppedAt }) => (saidStoppedAt ? undefined : MEANINGS[evidence]);
