import type { CancellationRecord } from './record.js';
import type { RequiredEvidence } from './vocabulary.js';

/** What is known about the end of one stream, in epoch milliseconds; null where it is not known. */
export interface Proof {
  /** When SignalWire first fetched a stop document of the cancellation. */
  readonly documentFetchedAt: number | null;
  /** When a status callback said that the stream stopped. */
  readonly streamStoppedAt: number | null;
}

export const NO_PROOF: Proof = { documentFetchedAt: null, streamStoppedAt: null };

/** Everything that two proofs of one subject prove: the earlier time of each kind. */
export const together = (one: Proof, other: Proof): Proof => ({
  documentFetchedAt: earlier(one.documentFetchedAt, other.documentFetchedAt),
  streamStoppedAt: earlier(one.streamStoppedAt, other.streamStoppedAt),
});

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/**
 * When the stream stopped, as far as SignalWire has shown it: by a fetch, a callback or its word; null if it has not.
 */
export const stoppedAt = ({
  documentFetchedAt,
  streamStoppedAt,
  saidStoppedAt,
}: CancellationRecord): number | null => documentFetchedAt ?? streamStoppedAt ?? saidStoppedAt;

/** What a project may say about the proof that its cancellations need. */
export interface RequiresEvidence {
  readonly requiredEvidence: RequiredEvidence;
}

/** Until a process knows the project, it does not know what weaker evidence would do. */
export const UNKNOWN_PROJECT: RequiresEvidence = { requiredEvidence: 'stream_stopped' };

/**
 * Nobody reports the fetches of a document on somebody else's server, so `accepted` is the most that can be required
 * there.
 */
export const requiredFor = (
  { requiredEvidence }: RequiresEvidence,
  { isDocumentElsewhere }: Pick<CancellationRecord, 'isDocumentElsewhere'>,
): RequiredEvidence =>
  isDocumentElsewhere && requiredEvidence === 'document_fetched' ? 'accepted' : requiredEvidence;

/**
 * Whether an update's success depends on the fetch of a document of ours. `isElsewhere`: its document is on somebody
 * else's server.
 */
export const awaitsFetch = ({ requiredEvidence }: RequiresEvidence, isElsewhere: boolean): boolean =>
  requiredEvidence !== 'accepted' && !isElsewhere;

/**
 * Whether the document of an accepted update was awaited in vain, so that its call may have been dropped. Not where
 * SignalWire's own answer said that the call was over, or where the stream is known to have stopped.
 */
export function wentUnfetched(record: CancellationRecord, project: RequiresEvidence): boolean {
  const { attempts, documentFetchedAt, streamStoppedAt, callEnded, isDocumentElsewhere } = record;
  return (
    attempts.at(-1)?.strategy === 'update_call' &&
    awaitsFetch(project, isDocumentElsewhere) &&
    documentFetchedAt === null &&
    streamStoppedAt === null &&
    !callEnded
  );
}

/**
 * Whether there is nothing left to do: the evidence is as strong as required, or the call is over. The Streams resource
 * has no document; there, SignalWire's own word that the stream is stopped takes the place of the fetch.
 */
export function isProven(record: CancellationRecord, project: RequiresEvidence): boolean {
  if (record.callEnded || record.streamStoppedAt !== null) return true;
  const required = requiredFor(project, record);
  if (required === 'stream_stopped') return false;
  if (record.documentFetchedAt !== null || record.saidStoppedAt !== null) return true;
  return required === 'accepted' && record.acceptedAt !== null;
}
