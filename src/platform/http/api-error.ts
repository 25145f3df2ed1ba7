import type { Fault } from '../validation/faults.js';

/** An error whose message may be shown to the client. */
export abstract class ApiError extends Error {
  /** The HTTP status. */
  abstract readonly status: number;
  /** Stable, for programs. */
  abstract readonly code: string;
  /** What is wrong, field by field. */
  readonly faults?: readonly Fault[];
}
