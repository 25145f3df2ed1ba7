import type { Fault } from '../../validation/faults.js';
import { ApiError } from '../problems/api-error.js';
import { HTTP_PROBLEMS } from '../problems/http-problems.js';

/** A body that is all faults must not cause a response many times its size. */
const MAX_FAULTS = 50;

/** The body is JSON, but the route does not take it. */
export class InvalidBodyError extends ApiError {
  declare readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const message = faults[0]?.message ?? '';
    super(
      HTTP_PROBLEMS.invalid_body,
      faults.length === 1 ? message : `${message}; and ${faults.length - 1} more, see errors`,
      { faults: faults.slice(0, MAX_FAULTS) },
    );
  }
}
