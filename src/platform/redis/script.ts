import type { Redis } from 'ioredis';

/** Runs a Lua script atomically. */
export type Script<T> = (keys: readonly string[], ...args: readonly (string | number)[]) => Promise<T>;

/**
 * Registers a Lua script with `redis`. ioredis sends its text once and then only its hash.
 *
 * @param T the type of the script's result, which nothing checks
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
