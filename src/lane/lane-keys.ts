import { evidenceMailbox } from '../evidence/evidence.js';

/** How long the keys of a call outlive the deadlines of its cancellations. */
export const LANE_MARGIN_MS = 120_000;

/** As long as the longest deadline, and a margin. Redis removes an empty set at once. */
export const WANTED_FOR_MS = 86_400_000 + LANE_MARGIN_MS;

/** Sorted set: the cancellations that want an update of the call, by the time at which they were accepted. */
export const wantedKey = (prefix: string, call: string): string => `${prefix}:call:${call}:wanted`;

/** String: the cancellation whose run may update the call. */
export const holderKey = (prefix: string, call: string): string => `${prefix}:call:${call}:holder`;

/** Hash: the attempts that other cancellations of the call sent for this one too. */
export const sharedAttemptsKey = (prefix: string, cancellationId: string): string =>
  `${prefix}:shared:${cancellationId}`;

/** Lua for the key of the holder's evidence, derived from KEYS[2]. */
export const HOLDER_EVIDENCE = `string.match(KEYS[2], '^(.*):call:') .. '${evidenceMailbox('', '')}' .. holder`;
