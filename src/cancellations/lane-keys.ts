import { callKey } from './cancellations.queue.js';
import type { CancellationJob } from './cancellations.queue.js';

/** How long the keys of a call outlive the deadlines of its cancellations. */
export const LANE_MARGIN_MS = 120_000;

/** Which cancellation has its call to itself. */
export const laneKey = (prefix: string, { data }: CancellationJob): string =>
  `${prefix}:lane:${callKey(data)}`;

/** The call's unfinished cancellations that go by a document. */
export const membersKey = (prefix: string, { data }: CancellationJob): string =>
  `${prefix}:call:${callKey(data)}`;

/** What others have sent for a cancellation. */
export const notesKey = (prefix: string, cancellationId: string): string =>
  `${prefix}:notes:${cancellationId}`;
