/** What keeps a project's cancellations from being sent, while something does. */
export const gateKey = (prefix: string, project: string): string => `${prefix}:gate:${project}`;

/** The calls whose requests failed one after the other. */
export const failuresKey = (prefix: string, project: string): string => `${prefix}:failures:${project}`;

/** The cancellations that wait for it. */
export const waitingKey = (prefix: string, project: string): string => `${prefix}:waiting:${project}`;

/** The projects with a gate to look after. */
export const watchedKey = (prefix: string): string => `${prefix}:gates`;

/** The requests of the second that runs. */
export const rateKey = (prefix: string, project: string): string => `${prefix}:rate:${project}`;

/** Those of them that were tried again. */
export const retriesKey = (prefix: string, project: string): string => `${prefix}:rate:retries:${project}`;
