import type { RedisClient } from './connection/client.js';

/** Runs a Lua script atomically. */
export type Script<T> = (
  keys: readonly string[],
  ...args: readonly (string | number | Buffer)[]
) => Promise<T>;

/**
 * Registers a Lua script with `redis`. ioredis sends its text once and then only its hash.
 *
 * @param T the type of the script's result, which nothing checks
 */
export function defineScript<T>(redis: RedisClient, name: string, lua: string): Script<T> {
  redis.defineCommand(name, { lua });
  const command = Reflect.get(redis, name) as (
    numberOfKeys: number,
    ...keysAndArgs: readonly (string | number | Buffer)[]
  ) => Promise<T>;
  return (keys, ...args) => command.call(redis, keys.length, ...keys, ...args);
}
