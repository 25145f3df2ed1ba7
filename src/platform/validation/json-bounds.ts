import { cut } from '../http/cut.js';
import { MAX_NAME_LENGTH, pathOf, WHOLE_OBJECT } from './faults.js';
import type { Fault } from './faults.js';
import { isHiddenFromClassTransformer } from './hidden-names.js';

const MAX_DEPTH = 10;
const MAX_FIELDS = 50;

/**
 * The first reason why class-transformer must not see a parsed JSON value; null if there is none. Its cost is quadratic
 * in the fields of an object, it recurses without a limit, and it silently drops fields such as `constructor`.
 */
export function faultInJson(value: unknown, path = WHOLE_OBJECT, depth = 0): Fault | null {
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH)
    return { field: path, message: `${path} is nested more than ${MAX_DEPTH} levels deep` };
  const names = Object.keys(value);
  if (!Array.isArray(value) && names.length > MAX_FIELDS)
    return { field: path, message: `${path || 'the body'} has more than ${MAX_FIELDS} fields` };
  for (const name of names) {
    const isUnknown = name.length > MAX_NAME_LENGTH || isHiddenFromClassTransformer(name);
    const fault = isUnknown
      ? unknownField(name, path)
      : faultInJson(Reflect.get(value, name), pathOf(path, name), depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

/** @param parent the path of the object that has the field */
export function unknownField(name: string, parent = WHOLE_OBJECT): Fault {
  const short = cut(name, MAX_NAME_LENGTH);
  return { field: pathOf(parent, short), message: `${short} is not a known field; remove it` };
}
