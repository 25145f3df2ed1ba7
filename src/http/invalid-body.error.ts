import type { Fault } from '../validation/faults.js';

/** The body is JSON, but not of the form that the route takes. */
export class InvalidBodyError extends Error {
  override readonly name = 'InvalidBodyError';

  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(({ message }) => message).join('; '));
  }
}
