import { cut } from '../http/cut.js';
import { MAX_NAME_LENGTH, pathOf, WHOLE_OBJECT } from './faults.js';
import type { Fault } from './faults.js';

/** The parts of a JSON text on which its structure depends. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/** An object or a list that has not ended yet. */
interface Open {
  /** The names of an object so far; null for a list. */
  readonly names: Set<string> | null;
  /** The current field or index. */
  place: string;
  awaitsName: boolean;
}

/**
 * The first field that an object has twice; null if there is none. `JSON.parse` keeps the last one silently, other parsers
 * the first, so two programs would read different requests.
 *
 * @param json what `JSON.parse` accepts
 */
export function repeatedField(json: string): Fault | null {
  const open: Open[] = [];
  for (const [token] of json.matchAll(TOKENS)) {
    const inner = open.at(-1);
    if (token === '{') open.push({ names: new Set(), place: '', awaitsName: true });
    else if (token === '[') open.push({ names: null, place: '0', awaitsName: false });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ',') advance(inner);
    else if (inner?.names && inner.awaitsName) {
      const name = JSON.parse(token) as string;
      inner.place = name;
      inner.awaitsName = false;
      if (inner.names.has(name)) return { field: pathTo(open), message: `${shortened(name)} is given twice` };
      inner.names.add(name);
    }
  }
  return null;
}

function advance(inner: Open | undefined): void {
  if (inner === undefined) return;
  if (inner.names === null) inner.place = String(Number(inner.place) + 1);
  else inner.awaitsName = true;
}

const pathTo = (open: readonly Open[]): string =>
  open.reduce((path, { place }) => pathOf(path, shortened(place)), WHOLE_OBJECT);

const shortened = (name: string): string => cut(name, MAX_NAME_LENGTH);
