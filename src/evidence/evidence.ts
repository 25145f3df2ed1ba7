import { NO_PROOF, together } from '../cancellation/proof.js';
import type { Proof } from '../cancellation/proof.js';

/** The cancellation that evidence is about, and its stream. */
export interface Subject {
  readonly cancellationId: string;
  /** `stoppedKeys` of `cancellation/keys.ts`: one or two. */
  readonly streamKeys: readonly string[];
  /** Epoch milliseconds. A stream that stopped before was another one with the same name. */
  readonly createdAt: number;
}

/** Evidence as it is published: each of these mailboxes was given the time `at`. */
export interface Announcement {
  readonly mailboxes: readonly string[];
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The channel on which evidence is published. */
export const evidenceChannel = (prefix: string): string => `${prefix}:evidence`;

/**
 * String: when a cancellation's stop document was first fetched. The worker copies what it finds into the job; the key
 * expires a minute after the deadline.
 */
export const evidenceMailbox = (prefix: string, cancellationId: string): string =>
  `${prefix}:evidence:${cancellationId}`;

/** String: when a stream last stopped. Names are used again. */
export const stoppedMailbox = (prefix: string, streamKey: string): string => `${prefix}:stopped:${streamKey}`;

/** Null for a message that is not ours: anyone with access to Redis can publish. */
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

/** Null for an empty mailbox, or one that holds no time. */
export function parseMailbox(content: string | null | undefined): number | null {
  const at = typeof content === 'string' ? Number(content) : null;
  return isEpochMs(at) ? at : null;
}

/**
 * The proof in a subject's mailboxes: first the fetch, then one per key of the stream.
 *
 * @param stop what the end of a stream proves
 */
export const proofIn = (
  subject: Subject,
  [fetched, ...stopped]: readonly (string | null | undefined)[],
  stop = stopOf,
): Proof =>
  stopped
    .map((mailbox) => stop(subject, parseMailbox(mailbox)))
    .reduce(together, fetchAt(parseMailbox(fetched)));

export const fetchAt = (documentFetchedAt: number | null): Proof => ({ ...NO_PROOF, documentFetchedAt });

/** What the end of a stream of that name proves. */
export const stopOf = ({ createdAt }: Subject, at: number | null): Proof =>
  at !== null && at >= createdAt ? { ...NO_PROOF, streamStoppedAt: at } : NO_PROOF;

/** The latest time that a Date can hold, https://tc39.es/ecma262/#sec-time-values-and-time-range. */
const MAX_EPOCH_MS = 8.64e15;

const isEpochMs = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= MAX_EPOCH_MS;
