import type { Fault } from './faults.js';
import { ApiError } from '../http/api-error.js';

/** A parameter of the request's query is wrong or unknown. */
export class InvalidQueryError extends ApiError {
  override readonly name = 'InvalidQueryError';
  readonly status = 400;
  readonly code = 'invalid_query';

  constructor(override readonly faults: readonly Fault[]) {
    super(faults.map(({ message }) => message).join('; '));
  }
}
