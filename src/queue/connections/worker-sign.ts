import type { RedisClient } from '../../platform/redis/connection/client.js';

/** Longer than a few rounds of the periodic work, during which a worker renews its sign. */
const SIGN_MS = 5000;

const signKey = (prefix: string): string => `${prefix}:worker`;

/** A worker says that it is there. */
export async function giveWorkerSign({ redis }: { redis: RedisClient }, prefix: string): Promise<void> {
  await redis.set(signKey(prefix), 1, 'PX', SIGN_MS);
}

/** Whether any worker has lately said that it is there. */
export const isWorkerThere = async ({ redis }: { redis: RedisClient }, prefix: string): Promise<boolean> =>
  (await redis.exists(signKey(prefix))) === 1;
