import { READ_IN_LOWER_CASE } from './environment.js';

export interface Misspelled {
  readonly variable: string;
  /** The variable of ours that it resembles. */
  readonly meant: string;
}

/**
 * Variables that are none of `known` and look like one of them: one letter is wrong, missing, superfluous or swapped
 * with the next one, or case and underscores differ.
 */
export function misspelledIn(names: readonly string[], known: ReadonlySet<string>): Misspelled[] {
  return names
    .filter((name) => !known.has(name) && !READ_IN_LOWER_CASE.has(name))
    .flatMap((variable) => {
      const meant = [...known].find((name) => resembles(variable, name));
      return meant === undefined ? [] : [{ variable, meant }];
    });
}

const bare = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');

const resembles = (name: string, known: string): boolean =>
  bare(name) === bare(known) || isOneEditFrom(name, known);

function isOneEditFrom(a: string, b: string): boolean {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a, b].map((text) => text.slice(start, text.length - end)) as [string, string];
  const isSwap = left.length === 2 && right === `${left[1]}${left[0]}`;
  return isSwap || (left.length <= 1 && right.length <= 1);
}
