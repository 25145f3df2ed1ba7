import { ApiError } from '../http/problems/api-error.js';
import { HTTP_PROBLEMS } from '../http/problems/http-problems.js';
import type { Fault } from './faults.js';

/** A parameter of the request's query is wrong or unknown. */
export const invalidQuery = (faults: readonly Fault[]): ApiError =>
  new ApiError(HTTP_PROBLEMS.invalid_query, faults.map(({ message }) => message).join('; '), { faults });
