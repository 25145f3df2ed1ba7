/**
 * Limits that keep a long test run from exhausting memory. Longer texts are truncated; longer lists drop their oldest
 * entry.
 */
export const LIMITS = {
  /** Calls. Beyond this, the call that finished first is dropped. */
  calls: 100_000,
  /** Entries in each list of a call. */
  records: 200,
  /** Characters of a recorded text: a parameter, header, document or spoken text. */
  text: 4096,
  /** Faults of one call. */
  faults: 100,
  /** Streams of one call. */
  streams: 100,
  /** XML Bins. */
  bins: 1000,
  /** Calls in the change feed: those that changed last. */
  feedCalls: 50,
  /** Log lines in the change feed. */
  feedLines: 200,
  /** Entries in each list of a call in the change feed. */
  feedRecords: 50,
  /** Simultaneous readers of the change feed. */
  feedReaders: 20,
  /** Bytes in a request body. */
  requestBody: 65_536,
} as const;

/** `text`, truncated to the length allowed in a record. */
export function bounded(text: string): string {
  return text.length > LIMITS.text ? text.slice(0, LIMITS.text) : text;
}
