import { setImmediate } from 'node:timers/promises';

/** A tenth of the largest batch. */
const SLICE = 100;

/**
 * Does `work` for each of many items, and lets other requests run after every slice of them. The results are in order.
 */
export async function inSlices<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => R | Promise<R>,
  size = SLICE,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    if (start > 0) await setImmediate();
    const slice = items.slice(start, start + size);
    results.push(...(await Promise.all(slice.map((item, place) => work(item, start + place)))));
  }
  return results;
}
