/** Where the processor time of something goes, for ours and the plain build. */
export interface Breakdown {
  /** What the time is spent on, such as `a request for a document`. */
  readonly of: string;
  /** In µs, the largest of ours first. */
  readonly parts: readonly Share[];
}

export interface Share {
  readonly part: string;
  readonly ours: number;
  /** 0 if the plain build has no such part. */
  readonly theirs: number;
}

/** Smaller shares of ours are added up. */
const SMALLEST_SHARE = 0.015;

export type Times = ReadonlyMap<string, number>;

/** @param ours µs by part */
export function sharesOf(ours: Times, theirs: Times): Share[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  const all = names.map((part) => ({ part, ours: ours.get(part) ?? 0, theirs: theirs.get(part) ?? 0 }));
  const smallest = sum([...ours.values()]) * SMALLEST_SHARE;
  const isLarge = (share: Share): boolean => Math.max(share.ours, share.theirs) >= smallest;
  const small = all.filter((share) => !isLarge(share));
  const rest = {
    part: `${small.length} smaller parts`,
    ours: sum(small.map((share) => share.ours)),
    theirs: sum(small.map((share) => share.theirs)),
  };
  return [
    ...all.filter(isLarge).toSorted((a, b) => b.ours - a.ours || b.theirs - a.theirs),
    ...(small.length > 0 ? [rest] : []),
  ];
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
