import { cut } from '../http/cut.js';
import { MAX_NAME_LENGTH, pathOf, WHOLE_OBJECT } from './faults.js';
import type { Fault } from './faults.js';

/** A thousand entries of a batch with twenty values each. */
const MAX_VALUES = 20_000;

/** A path can be as deep as there are values, and is repeated in the response. */
const MAX_PATH_LENGTH = 300;

/**
 * The parts of a JSON text on which its structure depends. A string may also end with the text, so that it always
 * matches: an unterminated one would otherwise be read again from each of its quotes.
 */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|[{}[\],]/gs;

/** An object or a list that has not ended yet. */
interface Open {
  /** The names of an object so far; null for a list. */
  readonly names: Set<string> | null;
  /** The current field or index. */
  place: string;
  awaitsName: boolean;
}

/**
 * Why a text should not even be parsed: it has too many values, which bounds its depth as well, or an object has a
 * field twice. Null if there is no such reason, also for a text that is not JSON. `JSON.parse` silently keeps the last
 * of two fields, other parsers the first, so two programs would read different requests.
 */
export function faultInJsonText(json: string): Fault | null {
  const open: Open[] = [];
  let values = 0;
  for (const [token] of json.matchAll(TOKENS)) {
    const inner = open.at(-1);
    if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"')) {
      if (inner?.names && inner.awaitsName && !takeName(inner, inner.names, nameIn(token)))
        return { field: pathTo(open), message: `${shortened(inner.place)} is given twice` };
    } else {
      values += 1;
      if (token === ',') advance(inner);
      else open.push({ names: token === '{' ? new Set() : null, place: '0', awaitsName: token === '{' });
    }
    if (values > MAX_VALUES)
      return { field: WHOLE_OBJECT, message: `the body has more than ${MAX_VALUES} values` };
  }
  return null;
}

function advance(inner: Open | undefined): void {
  if (inner === undefined) return;
  if (inner.names === null) inner.place = String(Number(inner.place) + 1);
  else inner.awaitsName = true;
}

/** False if the object has the name already. */
function takeName(inner: Open, names: Set<string>, name: string): boolean {
  inner.place = name;
  inner.awaitsName = false;
  const isNew = !names.has(name);
  names.add(name);
  return isNew;
}

function nameIn(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    return token;
  }
}

const pathTo = (open: readonly Open[]): string =>
  cut(
    open.reduce((path, { place }) => pathOf(path, shortened(place)), WHOLE_OBJECT),
    MAX_PATH_LENGTH,
  );

const shortened = (name: string): string => cut(name, MAX_NAME_LENGTH);
