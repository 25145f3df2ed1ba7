/**
 * At most `most` of the items, from all over the list.
 *
 * @returns them, and for how many items each of them stands
 */
export function evenly<T>(items: readonly T[], most: number): { some: readonly T[]; each: number } {
  if (items.length <= most) return { some: items, each: 1 };
  const each = items.length / most;
  const some = Array.from({ length: most }, (_, at) => items[Math.floor(at * each)] as T);
  return { some, each };
}
