/**
 * What one simulator keeps, so that a test run that never stops cannot eat the machine.
 * Texts are cut at their limit, lists lose their oldest entry.
 */
export const LIMITS = {
  /** Calls; past it the call that finished first is forgotten. */
  calls: 100_000,
  /** Entries of one list of one call. */
  records: 200,
  /** Characters of one recorded text: a parameter, a header, a document, what was said. */
  text: 4096,
  /** Faults of one call that wait to be used. */
  faults: 100,
  streams: 100,
  /** XML Bins. */
  bins: 1000,
  /** Calls of the feed of changes: those that changed last. */
  feedCalls: 50,
  /** Lines of the change log that the feed keeps. */
  feedLines: 200,
  /** Entries of each list of a call, as the feed shows it. */
  feedRecords: 50,
  /** Readers of the feed at a time. */
  feedReaders: 20,
  /** Bytes of a request's body. */
  requestBody: 65_536,
} as const;

/** `text`, cut to what a record may hold. */
export function bounded(text: string): string {
  return text.length > LIMITS.text ? text.slice(0, LIMITS.text) : text;
}
