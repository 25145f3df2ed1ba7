import type { Fault } from '../../validation/faults.js';
import { ApiError } from '../api-error.js';

/** A body that is all faults must not cause a response many times its size. */
const MAX_FAULTS = 50;

/** The body is JSON, but the route does not take it. */
export class InvalidBodyError extends ApiError {
  override readonly name = 'InvalidBodyError';
  readonly status = 400;
  readonly code = 'invalid_body';
  override readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const [first] = faults;
    super(
      faults.length === 1 ? first?.message : `${first?.message}; and ${faults.length - 1} more, see errors`,
    );
    this.faults = faults.slice(0, MAX_FAULTS);
  }
}
