import type { Attempt, CancellationRecord } from '../cancellation/record.js';
import { withLostAttempt } from '../cancellation/record-updates.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import type { CancellationView } from '../cancellation/view.js';

export const FACTS = [
  'requested',
  'attempt_sent',
  'attempt_answered',
  'document_fetched',
  'said_stopped',
  'stream_stopped',
  'call_ended',
  'withdrawn',
  'ended',
] as const;

/** Something that happened, and how it is known. */
export interface Fact {
  readonly what: (typeof FACTS)[number];
  /** ISO 8601; null where the time was not recorded. */
  readonly at: string | null;
  readonly text: string;
  readonly source: string;
}

const STREAMSTOP = 'streamstop';
const ANSWER = 'the answer of SignalWire, which streamstop received';
const SERVED = 'streamstop, which served the document at the signed link that it had given to SignalWire';
const CALLBACK =
  'a stream status callback of SignalWire, with a valid signature by the signing key of the project; the time is that of the callback';

/** All that is recorded of a cancellation, in the order of time; what has no time comes last. */
export function factsOf(stored: StoredCancellation, view: CancellationView): Fact[] {
  const record = stored.isActive ? stored.record : withLostAttempt(stored.record);
  const facts = [
    requested(view),
    ...record.attempts.flatMap(attemptFacts),
    ...underWay(record),
    ...evidence(view, record),
    ...ends(view),
  ];
  return facts.toSorted((one, other) => timeOf(one) - timeOf(other));
}

const timeOf = ({ at }: Fact): number => (at === null ? Infinity : Date.parse(at));

function requested(view: CancellationView): Fact {
  const { createdAt, callSid, streamName, streamSid, requestedBy, requestId, project } = view;
  const stream =
    streamName === null ? `the stream with the SID ${streamSid}` : `the stream ${JSON.stringify(streamName)}`;
  const by = requestedBy === null ? 'A request without an API key' : `API key ${requestedBy}`;
  const request = requestId === null ? '' : `, X-Request-Id ${requestId}`;
  return {
    what: 'requested',
    at: createdAt,
    text: `${by} asked to stop ${stream} of the call ${callSid} in the project ${project}`,
    source: `the request to the API of streamstop${request}`,
  };
}

const WAYS: Readonly<Record<Attempt['strategy'], string>> = {
  update_call: 'Update a Call, with the address of a document that stops the stream',
  stream_resource: 'the Streams resource, to stop the stream by its SID',
};

function attemptFacts(attempt: Attempt): Fact[] {
  const { number, startedAt, durationMs, strategy, mayHaveArrived } = attempt;
  const sent = `Attempt ${number} was sent to ${WAYS[strategy]}`;
  return [
    {
      what: 'attempt_sent',
      at: iso(startedAt),
      text: mayHaveArrived ? sent : `${sent}; no connection was made, so it did not arrive`,
      source: STREAMSTOP,
    },
    {
      what: 'attempt_answered',
      at: iso(startedAt + durationMs),
      text: answerText(attempt),
      source: attempt.httpStatus === null ? STREAMSTOP : ANSWER,
    },
  ];
}

function answerText({ number, outcome, httpStatus, providerCode, message }: Attempt): string {
  const answer = [
    httpStatus === null ? null : `HTTP ${httpStatus}`,
    providerCode === null ? null : `code ${providerCode}`,
    message === null ? null : JSON.stringify(message),
  ].filter((part) => part !== null);
  const words = answer.length === 0 ? '' : `: ${answer.join(', ')}`;
  if (httpStatus === null) return `No answer to attempt ${number} is known (${outcome})${words}`;
  if (outcome === 'accepted') return `SignalWire accepted attempt ${number}${words}`;
  if (outcome === 'not_confirmed')
    return `SignalWire accepted attempt ${number}, and no evidence came in the time for which it was awaited${words}`;
  return `SignalWire did not accept attempt ${number} (${outcome})${words}`;
}

function underWay({ open }: CancellationRecord): Fact[] {
  if (open === null) return [];
  return [
    {
      what: 'attempt_sent',
      at: iso(open.startedAt),
      text: `An attempt is under way, to ${WAYS[open.strategy]}; its answer is not known yet`,
      source: STREAMSTOP,
    },
  ];
}

function evidence(view: CancellationView, { callEnded }: CancellationRecord): Fact[] {
  const facts: (Fact | null)[] = [
    view.documentFetchedAt === null
      ? null
      : {
          what: 'document_fetched',
          at: view.documentFetchedAt,
          text: 'A document that stops the stream was fetched for the first time',
          source: SERVED,
        },
    view.saidStoppedAt === null
      ? null
      : {
          what: 'said_stopped',
          at: view.saidStoppedAt,
          text: 'SignalWire answered that the stream is stopped, or does not exist any more after an attempt that may have stopped it',
          source: ANSWER,
        },
    view.streamStoppedAt === null
      ? null
      : {
          what: 'stream_stopped',
          at: view.streamStoppedAt,
          text: 'SignalWire reported that the stream stopped',
          source: CALLBACK,
        },
    callEnded
      ? {
          what: 'call_ended',
          at: null,
          text: 'By the answers of SignalWire, the call was over; when streamstop learned that is not recorded by itself',
          source: 'answers of SignalWire, which streamstop received',
        }
      : null,
  ];
  return facts.filter((fact) => fact !== null);
}

function ends({ status, evidence: level, finishedAt, failure }: CancellationView): Fact[] {
  if (finishedAt === null) return [];
  if (status === 'withdrawn')
    return [
      { what: 'withdrawn', at: finishedAt, text: 'The cancellation was taken back', source: STREAMSTOP },
    ];
  const why = failure === null ? '' : `: ${failure.code ?? 'not sent'}, ${JSON.stringify(failure.message)}`;
  const text = `The cancellation ended as ${status}, with the evidence ${level}${why}`;
  return [{ what: 'ended', at: finishedAt, text, source: STREAMSTOP }];
}

const iso = (epochMs: number): string => new Date(epochMs).toISOString();
