import type { Fault } from '../platform/validation/faults.js';
import type { Attempt, CancellationRecord } from './record.js';
import type { CancellationData } from './data.js';

/**
 * How a stream is stopped: by Update a Call, which replaces the document that the call runs, or by the Streams resource,
 * which leaves it alone (https://signalwire.com/docs/compatibility-api/rest/streams/update-stream).
 */
export const STRATEGIES = ['auto', 'update_call', 'stream_resource'] as const;
export type Strategy = (typeof STRATEGIES)[number];
export type AttemptStrategy = Exclude<Strategy, 'auto'>;

/** What a request says of the stream and of the way to stop it. */
export interface Wish {
  readonly strategy: Strategy;
  readonly streamName: string | null;
  /** Given by the request, or known when it comes. */
  readonly streamSid: string | null;
  /** The field by which the request says what the call does next; null where it leaves that to the defaults. */
  readonly nextField: string | null;
}

/** Whether the Streams resource may be used, or why the wish cannot be granted: a fault, or the want of the stream's SID. */
export type Settled =
  | { readonly mayUseStreamResource: boolean }
  | { readonly fault: Fault }
  | { readonly fault: 'sid_unknown' };

/** A document stops a stream by its name alone, and only a document can have the call do something next. */
export function strategyFor({ strategy, streamName, streamSid, nextField }: Wish): Settled {
  if (strategy === 'update_call') {
    return streamName === null
      ? fault('streamName', 'is required where strategy is update_call, which stops a stream by its name')
      : { mayUseStreamResource: false };
  }
  if (strategy === 'stream_resource' && nextField !== null)
    return fault(
      nextField,
      'must be left out where strategy is stream_resource, which leaves alone what the call does',
    );
  if (strategy === 'stream_resource' && streamSid === null) return { fault: 'sid_unknown' };
  if (nextField !== null && streamName === null)
    return fault(
      'streamName',
      `is required beside ${nextField}, since only a document can have the call do something next, and it stops a stream by its name`,
    );
  return { mayUseStreamResource: nextField === null };
}

const fault = (field: string, rule: string): Settled => ({ fault: { field, message: `${field} ${rule}` } });

/** By a document; by the Streams resource; or by that if a status callback has told the stream's SID, else by a document. */
export type Way =
  | { readonly by: 'update_call' | 'if_known' }
  | { readonly by: 'stream_resource'; readonly streamSid: string };

/** How the next attempt is to be made. Jobs of an older version have none of the fields that it goes by. */
export function wayOf(
  data: Pick<CancellationData, 'mayUseStreamResource' | 'streamSid'>,
  record: Pick<CancellationRecord, 'sidNotFound' | 'streamSid'>,
): Way {
  if (data.mayUseStreamResource !== true || record.sidNotFound === true) return { by: 'update_call' };
  const streamSid = data.streamSid ?? record.streamSid ?? null;
  return streamSid === null ? { by: 'if_known' } : { by: 'stream_resource', streamSid };
}

/** What a POST may have come to that stopped the stream. */
const MAY_HAVE_STOPPED: ReadonlySet<Attempt['outcome']> = new Set<Attempt['outcome']>([
  'accepted',
  'not_confirmed',
  'timeout',
  'unreachable',
  'invalid_response',
]);

/**
 * Whether an attempt by the stream's SID may have stopped it already. SignalWire does not document what a stopped stream's SID
 * is answered with, so that a 404 means from then on that the stream is gone.
 */
export const mayBeStopped = ({ attempts }: Pick<CancellationRecord, 'attempts'>): boolean =>
  attempts.some(
    ({ strategy, outcome, isUnsent }) =>
      strategy === 'stream_resource' && MAY_HAVE_STOPPED.has(outcome) && isUnsent !== true,
  );

/**
 * Whether a stream that SignalWire does not know by its SID is stopped by its name instead: not one that may be stopped
 * already, since the document would only end the call, nor one that the request did not name.
 */
export const fallsBack = (
  {
    strategy = 'auto',
    streamName,
    isOneOfAll = false,
  }: Pick<CancellationData, 'strategy' | 'streamName' | 'isOneOfAll'>,
  record: Pick<CancellationRecord, 'attempts'>,
): boolean => strategy === 'auto' && streamName !== null && !isOneOfAll && !mayBeStopped(record);
