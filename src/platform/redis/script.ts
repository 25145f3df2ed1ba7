import type { Redis } from 'ioredis';

/** Runs a Lua script, atomically, on the keys and arguments given. */
export type Script<T> = (keys: readonly string[], ...args: readonly (string | number)[]) => Promise<T>;

/**
 * Gives `redis` a script of its own; Redis keeps its text, so that only its hash is sent from the second time on.
 *
 * @param T what the script's author promises that it returns
 */
export function defineScript<T>(redis: Redis, name: string, lua: string): Script<T> {
  redis.defineCommand(name, { lua });
  const command = Reflect.get(redis, name) as (
    numberOfKeys: number,
    ...keysAndArgs: readonly (string | number)[]
  ) => Promise<T>;
  return (keys, ...args) => command.call(redis, keys.length, ...keys, ...args);
}

/**
 * Stands for a variable of a script in a function that names keys: `'${key(lua('prefix'))}'` is the name of the key in Lua. A
 * script that makes its keys by itself is sent a quarter of the bytes; the prefix keeps them in one slot of a cluster, as
 * it does those that BullMQ's scripts make.
 */
export const lua = (variable: string): string => `' .. ${variable} .. '`;
