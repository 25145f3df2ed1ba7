/** How long the keys of a call outlive the deadlines of its cancellations. */
export const LANE_MARGIN_MS = 120_000;

/**
 * Which cancellation has its call to itself, and all of the call's unfinished ones that go by a document.
 *
 * @param call `callKey` of `cancellations.queue.ts`
 */
export const laneKey = (prefix: string, call: string): string => `${prefix}:lane:${call}`;

/** What others have sent for a cancellation. */
export const notesKey = (prefix: string, cancellationId: string): string =>
  `${prefix}:notes:${cancellationId}`;
