/** Proof that a stop document reached SignalWire, on its way from the process that served it to the one that waits. */
export interface Evidence {
  readonly cancellationId: string;
  /** Epoch milliseconds. */
  readonly documentFetchedAt: number;
}

/** The channel on which evidence is announced as it comes. */
export const evidenceChannel = (prefix: string): string => `${prefix}:evidence`;

/**
 * Where evidence waits for a worker that was not listening. It is a mailbox, not a record: the worker carries what it
 * finds over into the job, and the key expires with the link that produced it.
 */
export const evidenceMailbox = (prefix: string, cancellationId: string): string =>
  `${prefix}:evidence:${cancellationId}`;

/** What an announcement says; null where it is none of ours, for anyone with access to Redis can publish. */
export function parseEvidence(message: string): Evidence | null {
  try {
    const { cancellationId, documentFetchedAt } = JSON.parse(message) as Partial<Evidence>;
    return typeof cancellationId === 'string' && isEpochMs(documentFetchedAt)
      ? { cancellationId, documentFetchedAt }
      : null;
  } catch {
    return null;
  }
}

/** What a mailbox holds; null where it is empty or holds no time. */
export function parseMailbox(content: string | null): number | null {
  const documentFetchedAt = content === null ? null : Number(content);
  return isEpochMs(documentFetchedAt) ? documentFetchedAt : null;
}

/** The latest time that a Date can hold, https://tc39.es/ecma262/#sec-time-values-and-time-range. */
const MAX_EPOCH_MS = 8.64e15;

const isEpochMs = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= MAX_EPOCH_MS;
