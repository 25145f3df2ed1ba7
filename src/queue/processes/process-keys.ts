/** String: what a process says of itself, for as long as it does. */
export const processKey = (prefix: string, id: string): string => `${prefix}:process:${id}`;

/** Sorted set: the ids of the processes, by when each last said that it runs. */
export const processesKey = (prefix: string): string => `${prefix}:processes`;
