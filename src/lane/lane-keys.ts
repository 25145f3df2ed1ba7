/** How long the keys of a call outlive the deadlines of its cancellations. */
export const LANE_MARGIN_MS = 120_000;

/** To be removed with `call-lanes.lua.ts`. */
export const laneKey = (prefix: string, call: string): string => `${prefix}:lane:${call}`;

/** Sorted set: the cancellations that want an update of the call, by the time at which they were accepted. */
export const wantedKey = (prefix: string, call: string): string => `${prefix}:call:${call}:wanted`;

/** String: the run that may update the call. */
export const holderKey = (prefix: string, call: string): string => `${prefix}:call:${call}:holder`;

/** What others have sent for a cancellation. */
export const notesKey = (prefix: string, cancellationId: string): string =>
  `${prefix}:notes:${cancellationId}`;
