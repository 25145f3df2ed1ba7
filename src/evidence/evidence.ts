/** What is known of the end of one stream, in epoch milliseconds; null where it is not known. */
export interface Proof {
  /** When SignalWire first fetched a stop document of the cancellation. */
  readonly documentFetchedAt: number | null;
  /** When a status callback said that the stream stopped. */
  readonly streamStoppedAt: number | null;
}

/** Whose evidence. */
export interface Subject {
  readonly cancellationId: string;
  /** `stoppedKeys` of `cancellations.queue.ts`: one or two. */
  readonly streamKeys: readonly string[];
  /** Epoch milliseconds; a stream that stopped before this was another one of the same name. */
  readonly createdAt: number;
}

/** Evidence on its way: each of these mailboxes was given the time `at`. */
export interface Announcement {
  readonly mailboxes: readonly string[];
  /** Epoch milliseconds. */
  readonly at: number;
}

export const NO_PROOF: Proof = { documentFetchedAt: null, streamStoppedAt: null };

/** The channel on which evidence is announced as it comes. */
export const evidenceChannel = (prefix: string): string => `${prefix}:evidence`;

/**
 * Where the time of the first fetch of a cancellation's stop document waits for a worker that was not listening. It is
 * a mailbox, not a record: the worker carries what it finds over into the job, and the key expires with the link that
 * produced it.
 */
export const evidenceMailbox = (prefix: string, cancellationId: string): string =>
  `${prefix}:evidence:${cancellationId}`;

/** The same for the time at which a stream stopped, the latest one of that name: names are used again. */
export const stoppedMailbox = (prefix: string, streamKey: string): string => `${prefix}:stopped:${streamKey}`;

/** What an announcement says; null where it is none of ours, for anyone with access to Redis can publish. */
export function parseAnnouncement(message: string): Announcement | null {
  try {
    const { mailboxes, at } = JSON.parse(message) as { mailboxes: unknown; at: unknown };
    return Array.isArray(mailboxes) &&
      mailboxes.every((mailbox) => typeof mailbox === 'string') &&
      isEpochMs(at)
      ? { mailboxes, at }
      : null;
  } catch {
    return null;
  }
}

/** The time in a mailbox; null where it is empty or holds none. */
export function parseMailbox(content: string | null | undefined): number | null {
  const at = typeof content === 'string' ? Number(content) : null;
  return isEpochMs(at) ? at : null;
}

/** The proof in a subject's mailboxes: that of the fetch, then one for each of the stream's keys. */
export const proofIn = (
  subject: Subject,
  [fetched, ...stopped]: readonly (string | null | undefined)[],
): Proof =>
  stopped
    .map((mailbox) => stopOf(subject, parseMailbox(mailbox)))
    .reduce(together, fetchAt(parseMailbox(fetched)));

export const fetchAt = (documentFetchedAt: number | null): Proof => ({ ...NO_PROOF, documentFetchedAt });

/** What the end of a stream of that name at `at` proves. */
export const stopOf = ({ createdAt }: Subject, at: number | null): Proof =>
  at !== null && at >= createdAt ? { ...NO_PROOF, streamStoppedAt: at } : NO_PROOF;

/** All that two proofs of one subject prove: of each kind the earlier. */
export const together = (one: Proof, other: Proof): Proof => ({
  documentFetchedAt: earlier(one.documentFetchedAt, other.documentFetchedAt),
  streamStoppedAt: earlier(one.streamStoppedAt, other.streamStoppedAt),
});

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** The latest time that a Date can hold, https://tc39.es/ecma262/#sec-time-values-and-time-range. */
const MAX_EPOCH_MS = 8.64e15;

const isEpochMs = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= MAX_EPOCH_MS;
