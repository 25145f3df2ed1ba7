/**
 * A document could not be fetched, or a callback not delivered. `code` is the one that SignalWire's log would show
 * ("Error codes" in its Compatibility API docs); null if none is documented.
 */
export class FetchError extends Error {
  override readonly name = 'FetchError';

  constructor(
    readonly code: number | null,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
