import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { viewOf } from '../../cancellation/view.js';
import type { CancellationView } from '../../cancellation/view.js';

/** Which cancellations are meant: those that match every field that is given, and any of its values. */
export interface ListFilter {
  readonly status?: readonly CancellationView['status'][];
  readonly evidence?: readonly CancellationView['evidence'][];
  /** `none` for those without a code. */
  readonly failureCode?: readonly string[];
  readonly project?: readonly string[];
  readonly requestedBy?: readonly string[];
  readonly callSid?: string;
  readonly streamName?: string;
  /** Epoch milliseconds; accepted then or later. */
  readonly createdAfter?: number;
  /** Epoch milliseconds; accepted before. */
  readonly createdBefore?: number;
  /** Whether it was retried, which only the list knows. */
  readonly isRetried?: boolean;
  /** Only those whose callback is not queued, which only the list knows. */
  readonly isCallbackDue?: true;
}

/** Whether a cancellation matches now. The list may be behind by a moment. */
export function isMatch(stored: StoredCancellation, filter: ListFilter): boolean {
  const { data } = stored;
  const { status, evidence, failure } = viewOf(stored, []);
  return (
    isIn(filter.status, status) &&
    isIn(filter.evidence, evidence) &&
    isIn(filter.failureCode, failure?.code ?? 'none') &&
    isIn(filter.project, data.project) &&
    isIn(filter.requestedBy, data.requestedBy) &&
    (filter.callSid === undefined || filter.callSid === data.callSid) &&
    (filter.streamName === undefined || filter.streamName === data.streamName) &&
    data.createdAt >= (filter.createdAfter ?? -Infinity) &&
    data.createdAt < (filter.createdBefore ?? Infinity)
  );
}

const isIn = <T>(values: readonly T[] | undefined, value: T | undefined): boolean =>
  values === undefined || (value !== undefined && values.includes(value));
