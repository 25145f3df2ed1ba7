import type { Cluster } from 'ioredis';

/** Longer than ioredis waits between two attempts to connect. */
export const GIVEN_UP_AFTER_MS = 1500;

/**
 * Connects again where ioredis has given up for good. It does so if a node of the last connection closes while the names
 * of the nodes are looked up for the next one; a node out of reach closes 2 s late. BullMQ's own connections, which are
 * duplicates, do without.
 */
export function goOnAfterLateClose(cluster: Cluster): void {
  let isOver = false;
  const disconnect = cluster.disconnect.bind(cluster);
  cluster.disconnect = (reconnect = false) => {
    isOver ||= !reconnect;
    disconnect(reconnect);
  };
  cluster.on('close', () => {
    setTimeout(() => {
      // ioredis is in this state for an instant only, unless it has given up.
      if (cluster.status === 'close' && !isOver) cluster.connect().catch(() => undefined);
    }, GIVEN_UP_AFTER_MS).unref();
  });
}
