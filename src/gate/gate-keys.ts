/** Hash: what keeps a project's cancellations from being sent, while something does. */
export const gateKey = (prefix: string, project: string): string => `${prefix}:gate:${project}`;

/** Set: the calls whose requests failed one after the other. */
export const failuresKey = (prefix: string, project: string): string => `${prefix}:failures:${project}`;

/** Sorted set: the cancellations that wait for the project, by when they start by themselves. */
export const waitingKey = (prefix: string, project: string): string => `${prefix}:waiting:${project}`;

/** Set: the projects that are closed, or have cancellations waiting. */
export const watchedKey = (prefix: string): string => `${prefix}:gates`;

/** Counter: the project's requests in the current second. */
export const rateKey = (prefix: string, project: string): string => `${prefix}:rate:${project}`;

/** Counter: those of them that were retries. */
export const retriesKey = (prefix: string, project: string): string => `${prefix}:rate:retries:${project}`;
