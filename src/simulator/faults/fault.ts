/** What goes wrong with one request about a call. */
export interface Fault {
  /** `update` (default): POSTs to the call; `read`: GETs; `stream`: POSTs to the Streams resource. */
  readonly on?: 'update' | 'read' | 'stream';
  /** How many requests it meets, default 1. */
  readonly times?: number | 'always';
  /** Answered in place of what would be; from 300 on, the update is not applied. */
  readonly status?: number;
  /** SignalWire's code in the error body, whose status is 400 where none is given; the default follows from `status`. */
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the request is held before anything is done about it, in ms. */
  readonly latencyMs?: number;
  /** Closes the connection with no answer, `before` or `after` the update is applied. */
  readonly drop?: 'before' | 'after';
  /** `huge` is 4 MiB of JSON, `garbage` is JSON that breaks off. */
  readonly body?: 'html' | 'empty' | 'garbage' | 'huge';
  /** A `Location`, with `status` or else 307. */
  readonly redirect?: string;
  /** What becomes of the document: never fetched, fetched late, or fetched twice. */
  readonly fetch?: 'none' | 'twice' | { readonly delayMs: number };
  /** Of a POST that stops a stream: answered `in-progress`, while the stream stops later, or never. */
  readonly stop?: 'none' | { readonly delayMs: number };
  /** Of a POST that stops a stream: one that has stopped already is answered as unknown, with 404. */
  readonly stopped?: 'unknown';
}

export type FaultTarget = NonNullable<Fault['on']>;

/** The status that `fault` puts in place of the real one; undefined where it leaves that alone. */
export function faultStatus(fault: Fault): number | undefined {
  if (fault.status !== undefined) return fault.status;
  if (fault.redirect !== undefined) return 307;
  return fault.code === undefined ? undefined : 400;
}

/** A request that meets this fault leaves the call as it is. */
export function preventsUpdate(fault: Fault): boolean {
  return fault.drop === 'before' || (faultStatus(fault) ?? 200) >= 300;
}
