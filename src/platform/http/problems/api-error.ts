import type { Fault } from '../../validation/faults.js';
import type { ProblemKind } from './problem-kind.js';

interface Details {
  /** What is wrong, field by field. */
  readonly faults?: readonly Fault[];
  /** For the log. */
  readonly cause?: Error;
}

/** An error whose message may be shown to the client. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  readonly faults?: readonly Fault[];

  /** @param detail what is wrong with this request */
  constructor(
    readonly kind: ProblemKind,
    detail: string,
    { faults, cause }: Details = {},
  ) {
    super(detail, { cause });
    this.code = kind.code;
    this.status = kind.status;
    this.faults = faults;
  }
}
