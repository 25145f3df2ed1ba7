import type { CancellationRecord, OpenAttempt } from '../../cancellation/record.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import type { Pass } from '../../gate/gate-state.js';
import type { Project } from '../../projects/project.js';
import type { Lease } from '../../queue/lease.js';
import type { Next, Outcome } from '../next.js';
import type { SentAttempt } from '../provider.js';

/** One start of a cancellation's job. */
export interface Run {
  readonly lease: Lease;
  readonly project: Project;
  readonly record: CancellationRecord;
  /**
   * An earlier attempt's answer is unknown, or the call was not answered yet: only the call's own state tells what to
   * do.
   */
  readonly mustReadCall: boolean;
}

/** An attempt that may be made now. */
export interface Step extends Run {
  readonly pass: Pass;
  readonly companions: readonly StoredCancellation[];
  readonly isElsewhere: boolean;
  /** Its success depends on the fetch of a document of ours. */
  readonly needsFetch: boolean;
}

/** How an attempt is made. */
export interface Way {
  readonly strategy: OpenAttempt['strategy'];
  /** Whether its document is on somebody else's server. */
  readonly isElsewhere: boolean;
  /** Its success depends on the fetch of a document of ours. */
  readonly needsFetch: boolean;
  /** The other cancellations whose streams it stops. */
  readonly companionsOf: () => Promise<StoredCancellation[]>;
  readonly send: (
    companions: readonly StoredCancellation[],
    open: OpenAttempt,
    number: number,
  ) => Promise<SentAttempt>;
}

/** The run sent no update. */
export const unsent = (record: CancellationRecord, next: Next): Outcome => ({
  record,
  next,
  companions: null,
});
