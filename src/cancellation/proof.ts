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

/** What a project may say about the proof that its cancellations need. */
export interface RequiresEvidence {
  readonly requiredEvidence: RequiredEvidence;
}

/** Nobody reports the fetches of a document on somebody else's server, so `accepted` is the most that can be required there. */
export const requiredFor = (
  { requiredEvidence }: RequiresEvidence,
  { isDocumentElsewhere }: Pick<CancellationRecord, 'isDocumentElsewhere'>,
): RequiredEvidence =>
  isDocumentElsewhere && requiredEvidence === 'document_fetched' ? 'accepted' : requiredEvidence;

/**
 * Whether there is nothing left to do: the evidence is as strong as required, or the call is over. The Streams resource has
 * no document; there, SignalWire's own word that the stream is stopped takes the place of the fetch.
 */
export function isProven(record: CancellationRecord, project: RequiresEvidence): boolean {
  if (record.callEnded || record.streamStoppedAt !== null) return true;
  const required = requiredFor(project, record);
  if (required === 'stream_stopped') return false;
  if (record.documentFetchedAt !== null || record.saidStoppedAt !== null) return true;
  return required === 'accepted' && record.acceptedAt !== null;
}
