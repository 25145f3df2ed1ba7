import type { Fault } from '../platform/validation/faults.js';
import type { Attempt, CancellationRecord } from './record.js';
import type { Strategy } from './vocabulary.js';
import type { CancellationData } from './data.js';

/** What a request says about the stream and how to stop it. */
export interface Wish {
  readonly strategy: Strategy;
  readonly streamName: string | null;
  /** From the request, or from a status callback that came before it. */
  readonly streamSid: string | null;
  /** The field that says what the call does next; null if the request leaves that to the defaults. */
  readonly nextField: string | null;
}

/**
 * Why the stream cannot be stopped in the way the request asks for; `sid_unknown` if only its SID is missing, null if
 * it can be. A document stops a stream by its name only, and only a document can make the call do something next.
 */
export function strategyFault({
  strategy,
  streamName,
  streamSid,
  nextField,
}: Wish): Fault | 'sid_unknown' | null {
  if (strategy === 'update_call' && streamName === null)
    return fault('streamName', 'is required where strategy is update_call, which stops a stream by its name');
  if (strategy === 'stream_resource' && nextField !== null)
    return fault(
      nextField,
      'must be omitted where strategy is stream_resource, which does not change what the call does',
    );
  if (strategy === 'stream_resource' && streamSid === null) return 'sid_unknown';
  if (nextField !== null && streamName === null)
    return fault(
      'streamName',
      `is required beside ${nextField}: only a document can make the call do something next, and it stops a stream by its name`,
    );
  return null;
}

const fault = (field: string, rule: string): Fault => ({ field, message: `${field} ${rule}` });

/** Whether the Streams resource may be used: not if the request wants the call to do something next. */
export const mayUseStreamResource = ({
  strategy,
  isThenRequested,
  template,
  documentUrl,
}: Pick<CancellationData, 'strategy' | 'isThenRequested' | 'template' | 'documentUrl'>): boolean =>
  strategy !== 'update_call' && !isThenRequested && !template && !documentUrl;

/**
 * By a document; by the Streams resource; or `if_known`: by the Streams resource if a status callback has told the
 * stream's SID, otherwise by a document.
 */
export type Way =
  | { readonly by: 'update_call' | 'if_known' }
  | { readonly by: 'stream_resource'; readonly streamSid: string };

/** How the next attempt is made. */
export function wayOf(
  data: Pick<CancellationData, 'strategy' | 'isThenRequested' | 'template' | 'documentUrl' | 'streamSid'>,
  record: Pick<CancellationRecord, 'sidNotFound' | 'streamSid'>,
): Way {
  if (!mayUseStreamResource(data) || record.sidNotFound) return { by: 'update_call' };
  const streamSid = data.streamSid ?? record.streamSid ?? null;
  return streamSid === null ? { by: 'if_known' } : { by: 'stream_resource', streamSid };
}

/** Outcomes of a POST that may have stopped the stream all the same. */
const MAY_HAVE_STOPPED: ReadonlySet<Attempt['outcome']> = new Set<Attempt['outcome']>([
  'accepted',
  'not_confirmed',
  'timeout',
  'unreachable',
  'invalid_response',
]);

/**
 * Whether an attempt by the stream's SID may already have stopped it. SignalWire does not document its answer for the
 * SID of a stopped stream, so after such an attempt a 404 means that the stream is gone.
 */
export const mayBeStopped = ({ attempts }: Pick<CancellationRecord, 'attempts'>): boolean =>
  attempts.some(
    ({ strategy, outcome, mayHaveArrived }) =>
      strategy === 'stream_resource' && mayHaveArrived && MAY_HAVE_STOPPED.has(outcome),
  );

/**
 * Whether a stream that SignalWire does not know by its SID is stopped by its name instead. Not if it may be stopped
 * already, because the document would only end the call; and not if the request did not name it.
 */
export const fallsBackToName = (
  {
    strategy = 'auto',
    streamName,
    isOneOfAll = false,
  }: Pick<CancellationData, 'strategy' | 'streamName' | 'isOneOfAll'>,
  record: Pick<CancellationRecord, 'attempts'>,
): boolean => strategy === 'auto' && streamName !== null && !isOneOfAll && !mayBeStopped(record);
