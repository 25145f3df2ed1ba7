import { setImmediate } from 'node:timers/promises';

const SLICE = 100;

/** Does `work` for each of many items, and lets other requests run after every hundred. The results are in order. */
export async function inSlices<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => R | Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += SLICE) {
    if (start > 0) await setImmediate();
    const slice = items.slice(start, start + SLICE);
    results.push(...(await Promise.all(slice.map((item, place) => work(item, start + place)))));
  }
  return results;
}
