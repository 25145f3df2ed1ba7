import { dateAndTime, duration } from '../../../platform/page/format.js';
import { WAITING } from '../list/filter.js';
import { reasonOf, REASONS, WAITS } from '../list/reasons.js';

/** How long a worker may take to end what has passed its deadline, and clocks may differ. */
const LATE_MS = 2000;

export const isWaiting = ({ status }) => WAITING.includes(status);

export const isOverdue = (one, now = Date.now()) =>
  isWaiting(one) && now > Date.parse(one.deadline) + LATE_MS;

/** Whether it succeeded with a name that, as far as is known, no stream of the call had. */
export const isDoubtful = ({ status, evidence, warnings }) =>
  status === 'succeeded' &&
  evidence !== 'call_ended' &&
  warnings.some(({ code }) => code === 'stream_unknown');

export const withdrawnAfter = ({ length }) =>
  length === 0
    ? 'Withdrawn before it was sent'
    : `Withdrawn after ${length} attempt${length === 1 ? '' : 's'}`;

/** How things stand, in the same words in the list and above the timeline. */
export function summaryOf(one, now) {
  const { status, attempts } = one;
  const proof = proofOf(one);
  const last = attempts.at(-1);
  const because = `${reasonOf(one).join(': ').replace(/\.$/, '')}.`;
  if (isOverdue(one, now))
    return `The deadline has passed${last ? '. It ends' : ', and nothing was sent. It ends as expired'} as soon as a worker gets to it.`;
  const sent = 'Sent; waiting for SignalWire to fetch the stop document.';
  const failed = REASONS[last?.outcome];
  const until = `until ${dateAndTime(one.deadline).slice(0, 19)} at most`;
  const why = WAITS[one.waitingFor];
  const sentences = {
    succeeded: proof ?? 'Succeeded.',
    failed: because,
    expired: last ? `No proof of a stop before the deadline: ${because}` : because,
    withdrawn: `${withdrawnAfter(attempts)}. ${proof ?? 'Nothing shows that the stream stopped.'}`,
    queued: `Waiting ${until}${why ? `; as last seen, ${why}` : ', for a worker or another stop of its call'}.`,
    running: last?.outcome === 'accepted' ? sent : 'Being sent.',
    retrying: failed
      ? `Attempt ${last.number}: ${failed}. It is tried again, ${until}${why ? `; as last seen, ${why}` : ''}.`
      : sent,
  };
  return sentences[status];
}

function proofOf(one) {
  const after = (at) => `${duration(Date.parse(at) - Date.parse(one.createdAt))} after the request`;
  const but = isDoubtful(one) ? ', but no stream of the call is known by this name' : '';
  const proofs = {
    stream_stopped: `The stream stopped ${after(one.streamStoppedAt)}, as SignalWire reported.`,
    document_fetched: `SignalWire fetched the stop document ${after(one.documentFetchedAt)}${but}.`,
    call_ended: 'The call is over, so nothing is left to stop.',
    accepted: one.saidStoppedAt
      ? `SignalWire said that the stream has stopped, ${after(one.saidStoppedAt)}.`
      : `SignalWire accepted the request${but}.`,
  };
  return proofs[one.evidence];
}

const NOT_KNOWN = 'Not known: whether the stream has stopped.';

const MEANINGS = {
  document_fetched: `Known: SignalWire has fetched the instruction to stop the stream. ${NOT_KNOWN} Only a signed report from SignalWire tells that. None had come by the end.`,
  accepted: `Known: SignalWire has accepted the request. ${NOT_KNOWN}`,
};

/** What the evidence shows and what it does not; undefined where that goes without saying. */
export const meaningOf = ({ evidence, saidStoppedAt }) => (saidStoppedAt ? undefined : MEANINGS[evidence]);
