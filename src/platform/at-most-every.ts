/**
 * Shares one call of `read` among all who ask within `ms` of its start, and among all who ask while it goes on. One that
 * fails is shared only while it goes on.
 */
export function atMostEvery<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let startedAt = -Infinity;
  let isUnderWay = false;
  let last: Promise<T> | null = null;
  const start = async (): Promise<T> => {
    isUnderWay = true;
    startedAt = performance.now();
    try {
      return await read();
    } catch (error) {
      startedAt = -Infinity;
      throw error;
    } finally {
      isUnderWay = false;
    }
  };
  return () => {
    if (last === null || (!isUnderWay && performance.now() - startedAt >= ms)) last = start();
    return last;
  };
}
