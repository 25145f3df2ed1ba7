import type { Fault } from '../validation/faults.js';
import { ApiError } from './api-error.js';

/** A body of nothing but faults is not to become an answer many times its size. */
const MAX_FAULTS = 50;

/** The body is JSON, but not of the form that the route takes. */
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
