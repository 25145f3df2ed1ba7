/**
 * Shares one call of `refresh` among all who ask within `ms` of its start, and among all who ask while it goes on.
 *
 * @param refresh must not throw
 */
export function atMostEvery(ms: number, refresh: () => Promise<void>): () => Promise<void> {
  let startedAt = -Infinity;
  let current: Promise<void> | null = null;
  let last = Promise.resolve();
  return () => {
    const now = performance.now();
    if (current === null && now - startedAt >= ms) {
      startedAt = now;
      last = current = refresh().finally(() => (current = null));
    }
    return last;
  };
}
