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
