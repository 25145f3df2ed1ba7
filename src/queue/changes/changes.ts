/** The most that the stream of changes keeps; Redis may keep a few more. */
export const MOST_CHANGES = 10_000;

/**
 * Redis stream: one entry per change of a cancellation, with its id. A reader that is more than `MOST_CHANGES` behind
 * misses changes and gets `gap`.
 */
export const changesKey = (prefix: string): string => `${prefix}:changes`;

/**
 * Lua that adds a change.
 *
 * @param key Lua for the key of the stream
 * @param id Lua for the id of the cancellation
 */
export const addChange = (key: string, id: string): string =>
  `redis.call('XADD', ${key}, 'MAXLEN', '~', ${MOST_CHANGES}, '*', 'id', ${id})`;
