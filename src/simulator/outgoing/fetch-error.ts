/**
 * A document or a callback could not be delivered. The codes are those that SignalWire's log shows after the
 * update was accepted ("Error codes" of its Compatibility API docs); null where it lists none for the case.
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
