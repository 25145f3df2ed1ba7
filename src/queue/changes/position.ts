/** Compares two positions of a Redis stream: milliseconds, and a number within them. */
export function isBefore(one: string, other: string): boolean {
  const [[oneMs = 0, oneNumber = 0], [otherMs = 0, otherNumber = 0]] = [one, other].map((position) =>
    position.split('-').map(Number),
  ) as [number[], number[]];
  return oneMs < otherMs || (oneMs === otherMs && oneNumber < otherNumber);
}
