import type { CancellationRecord, GiveUpReason } from '../cancellation/record.js';
import type { WaitingFor } from '../cancellation/vocabulary.js';

/** What happens to a cancellation after one run of its job. */
export type Next =
  | { readonly kind: 'succeed' }
  /** Another attempt after a backoff. */
  | { readonly kind: 'retry'; readonly afterMs: number }
  /**
   * The next attempt waits for something else, and uses none up. `expectedInMs`: when it is expected to be started, if
   * that is before `afterMs`.
   */
  | {
      readonly kind: 'wait';
      readonly for: WaitingFor;
      readonly afterMs: number;
      readonly expectedInMs?: number;
    }
  | { readonly kind: 'give_up'; readonly reason: GiveUpReason };

/** What has the job start again. */
export type Pause = Extract<Next, { kind: 'retry' | 'wait' }>;

/** What one run of a job came to. */
export interface Outcome {
  readonly record: CancellationRecord;
  readonly next: Next;
  /** The other cancellations whose streams this run's update was to stop; null if the run sent no update. */
  readonly companions: readonly string[] | null;
}

export const SUCCEED: Next = { kind: 'succeed' };
export const giveUp = (reason: GiveUpReason): Next => ({ kind: 'give_up', reason });
export const waitFor = (reason: WaitingFor, afterMs: number): Pause => ({
  kind: 'wait',
  for: reason,
  afterMs,
});
