import { duration, words } from '../../../platform/page/format.js';
import { REASONS } from '../list/reasons.js';
import { isDoubtful, isOverdue, summaryOf, withdrawnAfter } from './summary.js';

/** Less is the way through the queue. */
const WAIT_MS = 1000;

export const ATTEMPT = { update_call: 'Update a Call', stream_resource: 'Stop by SID' };

/** What happened to a cancellation, in order: `at`, `title`, `detail` and `tone` of each step. */
export function stepsOf(one, now) {
  const { attempts, acceptedAt, documentFetchedAt, saidStoppedAt, streamStoppedAt } = one;
  const steps = [
    requested(one),
    ...attempts.map((attempt, index) => attempted(attempt, attempts[index - 1], one)),
    acceptedAt && step(acceptedAt, 'SignalWire accepted the request', 'Not yet proof that anything stopped.'),
    documentFetchedAt && step(documentFetchedAt, 'SignalWire fetched the stop document', '', 'good'),
    saidStoppedAt && step(saidStoppedAt, 'SignalWire said that the stream has stopped', '', 'good'),
    streamStoppedAt && step(streamStoppedAt, 'The stream stopped, by a signed callback', '', 'good'),
    ended(one),
    ...one.callbacks.flatMap(reported),
  ];
  const happened = steps.filter(Boolean).toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return [...happened, ...expected(one, now)];
}

const listed = (...parts) => parts.filter(Boolean).join('; ');

const step = (at, title, detail = '', tone = '') => ({ at, title, detail, tone });

function requested({ createdAt, requestedBy, streamName, streamSid }) {
  const by = requestedBy === null ? 'Requested' : `${requestedBy} asked`;
  return step(createdAt, `${by} to stop stream ${streamName === null ? streamSid : `"${streamName}"`}`);
}

function attempted(attempt, before, { createdAt }) {
  const { number, strategy, startedAt, durationMs, outcome, httpStatus, providerCode, message } = attempt;
  const ready = before ? Date.parse(before.startedAt) + before.durationMs : Date.parse(createdAt);
  const waitMs = Date.parse(startedAt) - ready;
  const isLong = number === 1 && waitMs > WAIT_MS;
  const detail = listed(
    httpStatus === null ? 'no answer' : `HTTP ${httpStatus}`,
    providerCode && `code ${providerCode}`,
    message,
    `took ${duration(durationMs)}`,
    before && waitMs > 0 && `after a wait of ${duration(waitMs)}`,
    isLong && `waited ${duration(waitMs)} before the first attempt`,
  );
  return step(
    startedAt,
    `Attempt ${number} (${ATTEMPT[strategy]}): ${REASONS[outcome] ?? words(outcome)}`,
    detail,
    outcome === 'accepted' ? '' : 'bad',
  );
}

function ended(one) {
  const { status, finishedAt, evidence, failure, attempts } = one;
  if (finishedAt === null) return null;
  const ends = {
    succeeded: ['Succeeded', isDoubtful(one) ? '' : 'good'],
    failed: ['Given up', 'bad'],
    expired: ['Expired', 'bad'],
    withdrawn: [withdrawnAfter(attempts)],
  };
  const [title, tone] = ends[status];
  const young =
    failure?.code === 'call_not_found' &&
    'SignalWire may not know a new call yet, so it is looked for until 5 s after the request.';
  const says = (failure || evidence === 'call_ended') && summaryOf(one);
  return step(finishedAt, title, [says, young].filter(Boolean).join(' '), tone);
}

const reported = ({ attempts }) =>
  attempts.map(({ startedAt, durationMs, outcome, httpStatus, message }) =>
    step(
      startedAt,
      `Callback – ${words(outcome)}`,
      listed(httpStatus && `HTTP ${httpStatus}`, message, `took ${duration(durationMs)}`),
      outcome === 'delivered' ? '' : 'bad',
    ),
  );

function expected(one, now) {
  const { finishedAt, nextAttemptAt, deadline, callbacks } = one;
  const next = (at, title) => step(at, title, '', 'next');
  const steps = callbacks
    .filter((callback) => callback.nextAttemptAt !== null)
    .map((callback) => next(callback.nextAttemptAt, 'Next attempt to deliver the callback'));
  if (finishedAt !== null) return steps;
  if (isOverdue(one, now))
    return [
      step(deadline, 'The deadline passed', 'No attempt starts any more.', 'bad'),
      next(null, 'It ends as soon as a worker gets to it'),
    ];
  return [
    ...(nextAttemptAt ? [next(nextAttemptAt, 'Next attempt')] : []),
    next(deadline, 'Deadline: no attempt starts after it'),
  ];
}
