/** Hash: what keeps a project's cancellations from being sent, while something does. */
export const gateKey = (prefix: string, project: string): string => `${prefix}:gate:${project}`;

/** Set: the calls whose requests failed one after the other. */
export const failuresKey = (prefix: string, project: string): string => `${prefix}:failures:${project}`;

/** String: when a document of the project was last fetched, by Redis' clock; epoch milliseconds. */
export const deliveredKey = (prefix: string, project: string): string => `${prefix}:delivered:${project}`;

/**
 * Sorted set: the calls with an update whose document no fetch followed, while it is not known whether documents can be
 * fetched. The score is infinite once the fetch was awaited in vain; until then it is when the place is free again at
 * the latest.
 */
export const unconfirmedKey = (prefix: string, project: string): string => `${prefix}:unconfirmed:${project}`;

/** Hash: what operators have paused, with who and when. */
export const pausesKey = (prefix: string): string => `${prefix}:pauses`;

/** Sorted set: the cancellations that wait for the project, by when they start by themselves. */
export const waitingKey = (prefix: string, project: string): string => `${prefix}:waiting:${project}`;

/** Sorted set: those of them that need no fetch of a document of ours, and so need not wait for an `undelivered` project. */
export const unhinderedKey = (prefix: string, project: string): string =>
  `${prefix}:waiting-without-fetch:${project}`;

/** Set: the projects that are closed, or have cancellations waiting. */
export const watchedKey = (prefix: string): string => `${prefix}:gates`;

/** Counter: the project's requests in the current second. */
export const rateKey = (prefix: string, project: string): string => `${prefix}:rate:${project}`;

/** Counter: those of them that were retries. */
export const retriesKey = (prefix: string, project: string): string => `${prefix}:rate:retries:${project}`;
