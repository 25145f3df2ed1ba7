import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from '../platform/redis/connection/client.js';

/** String: when SignalWire fetched a fallback of this cancellation that lets the call end. */
export const fallbackEndKey = (prefix: string, cancellationId: string): string =>
  `${prefix}:fallback-end:${cancellationId}`;

/**
 * Adds to `commands`: SignalWire fetched a fallback of these cancellations that lets the call end. It has a key of its
 * own because it is often fetched after the cancellation has ended, when nobody changes its job any more.
 *
 * @param at epoch milliseconds
 * @param keptUntil epoch milliseconds
 */
export function noteFallbackEnd(
  commands: ChainableCommander,
  prefix: string,
  cancellationIds: readonly string[],
  at: number,
  keptUntil: number,
): void {
  for (const id of cancellationIds) commands.set(fallbackEndKey(prefix, id), at, 'PXAT', keptUntil, 'NX');
}

/** Whether SignalWire has fetched a fallback of this cancellation that lets the call end. */
export const hasFallbackEnd = async (
  redis: RedisClient,
  prefix: string,
  cancellationId: string,
): Promise<boolean> => (await redis.exists(fallbackEndKey(prefix, cancellationId))) === 1;
