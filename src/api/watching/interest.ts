import { mayKnow } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import type { Cancellation } from '../cancellation.js';
import type { CancellationFilter } from '../lists/filter.dto.js';

/** What a reader wants to know, and may know. */
export interface Interest {
  readonly caller: Caller | null;
  /** The only cancellation of the stream, which ends with it. */
  readonly id?: string;
  readonly filter?: Pick<CancellationFilter, 'project' | 'callSid' | 'status'>;
}

export const isWanted = ({ caller, id, filter = {} }: Interest, cancellation: Cancellation): boolean =>
  (id === undefined || id === cancellation.id) &&
  mayKnow(caller, cancellation.project) &&
  (filter.project?.includes(cancellation.project) ?? true) &&
  (filter.callSid === undefined || filter.callSid === cancellation.callSid) &&
  (filter.status?.includes(cancellation.status) ?? true);
