import type { Verb } from './verbs.js';

/**
 * What is left of `then` once it has been served: the one verb that decides what becomes of the call, and nothing that
 * the caller would hear, or another party would be rung for, a second time. A dial that was to go on with an action goes
 * on there at once. Empty where the call was to end by running out of verbs.
 */
export function handoverOf(then: readonly Verb[]): readonly Verb[] {
  const last = then.at(-1);
  if (last === undefined || 'say' in last || 'play' in last) return [];
  if ('dial' in last) return last.action === undefined ? [] : [{ redirect: last.action }];
  return [last];
}
