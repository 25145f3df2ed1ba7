import { cut } from '../http/cut.js';
import { pathOf } from './faults.js';
import type { Fault } from './faults.js';
import { isPassedOver } from './passed-over.js';

/** Nothing that is read here is nested half as deep; deep recursion would exhaust the stack of class-transformer. */
const MAX_DEPTH = 8;

/** No field has so long a name; one that does is not repeated whole in the answer. */
const MAX_NAME_LENGTH = 100;

/** What class-transformer cannot cope with in parsed JSON, or passes over. */
export const faultsInJson = (value: unknown): Fault[] => faultsIn(value, '', 0);

export function unknownField(name: string): Fault {
  const field = cut(name, MAX_NAME_LENGTH);
  return { field, message: `${field} is not a known field; remove it` };
}

function faultsIn(value: unknown, path: string, depth: number): Fault[] {
  if (typeof value !== 'object' || value === null) return [];
  if (depth > MAX_DEPTH)
    return [{ field: path, message: `${path} is nested more than ${MAX_DEPTH} levels deep` }];
  return Object.entries(value).flatMap(([key, child]) => {
    const name = cut(key, MAX_NAME_LENGTH);
    const field = pathOf(path, name);
    return name !== key || isPassedOver(key)
      ? [{ ...unknownField(key), field }]
      : faultsIn(child, field, depth + 1);
  });
}
