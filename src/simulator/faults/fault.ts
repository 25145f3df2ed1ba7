/** What goes wrong with one request about a call. */
export interface Fault {
  /** `update` (default): POSTs to the call; `read`: GETs; `stream`: POSTs to the Streams resource. */
  readonly on?: 'update' | 'read' | 'stream';
  /** The number of requests affected; default 1. */
  readonly times?: number | 'always';
  /** The status of the response. With 300 or more, the update is not applied, unless `applied` says so. */
  readonly status?: number;
  /** The update is applied although the response says otherwise, as behind a gateway that lost the answer. */
  readonly applied?: boolean;
  /** SignalWire's error code; default: derived from `status`. Without a `status`, the response is a 400. */
  readonly code?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Delay before the request is processed, in ms. */
  readonly latencyMs?: number;
  /** Closes the connection without a response, `before` or `after` the update is applied. */
  readonly drop?: 'before' | 'after';
  /** `huge` is 4 MiB of JSON; `garbage` is truncated JSON. */
  readonly body?: 'html' | 'empty' | 'garbage' | 'huge';
  /** A `Location`, sent with `status` or 307. */
  readonly redirect?: string;
  /** The document is never fetched, fetched twice, or fetched late. */
  readonly fetch?: 'none' | 'twice' | { readonly delayMs: number };
  /** For a POST that stops a stream: the response says `in-progress`, and the stream stops later or never. */
  readonly stop?: 'none' | { readonly delayMs: number };
  /** For a POST that stops a stream: responds with 404 if the stream has already stopped. */
  readonly stopped?: 'unknown';
}

export type FaultTarget = NonNullable<Fault['on']>;

/** The status that `fault` forces; undefined if it forces none. */
export function faultStatus(fault: Fault): number | undefined {
  if (fault.status !== undefined) return fault.status;
  if (fault.redirect !== undefined) return 307;
  return fault.code === undefined ? undefined : 400;
}

/** Whether `fault` keeps the request from changing the call. */
export function preventsUpdate(fault: Fault): boolean {
  return fault.drop === 'before' || (fault.applied !== true && (faultStatus(fault) ?? 200) >= 300);
}
