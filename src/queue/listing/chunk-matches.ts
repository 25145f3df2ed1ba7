import type { ListFilter } from './filter.js';
import { TIME_BYTES } from './layout.js';
import {
  CALLBACK_DUE,
  evidenceTerm,
  EVIDENCE_TERMS,
  FAILURE_TERMS,
  failureTerm,
  isUnmarked,
  LISTED,
  nameTerms,
  projectTerm,
  requesterTerm,
  RETRIED,
  STATUS_TERMS,
} from './terms.js';

/** The columns of a chunk by their names; one that is missing is empty. */
export type Columns = ReadonlyMap<string, Buffer>;

/** Matches a place that has any of the terms `any`, or none of the terms `none`. */
interface Clause {
  readonly any: readonly string[];
  readonly none: readonly string[];
}

/** The columns that tell which places of a chunk match. */
export const columnsFor = (filter: ListFilter): string[] => [
  ...new Set([
    LISTED,
    ...clausesOf(filter).flatMap(({ any, none }) => [...any, ...none]),
    ...(hasTimes(filter) ? ['times'] : []),
  ]),
];

/**
 * One bit per place of a chunk, set for those that match.
 *
 * @param only the places that are asked for, counted from the start of the chunk; null for all
 */
export function matchesIn(columns: Columns, filter: ListFilter, only: readonly number[] | null): Uint8Array {
  const bits = Uint8Array.from(columns.get(LISTED) ?? []);
  if (only !== null) keepBits(bits, bitsAt(only, bits.length));
  for (const clause of clausesOf(filter)) keepMatches(bits, clause, columns);
  keepTested(bits, timeTest(columns, filter));
  return bits;
}

/** The places before `before` whose bit is set, the newest first. */
export function* placesIn(bits: Uint8Array, before = Infinity): Generator<number> {
  const last = Math.min(bits.length * 8, before) - 1;
  for (let place = last; place >= 0; place -= 1) {
    const byte = bits[place >> 3] ?? 0;
    if (byte === 0) place &= ~7;
    else if ((byte & maskOf(place)) !== 0) yield place;
  }
}

export function countIn(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count += 1;
  return count;
}

/** Redis counts the bits of a byte from the highest. */
const maskOf = (place: number): number => 0x80 >> (place & 7);

function bitsAt(places: readonly number[], length: number): Uint8Array {
  const bits = new Uint8Array(length);
  // Beyond the end, an assignment changes nothing.
  for (const place of places) bits[place >> 3] = (bits[place >> 3] ?? 0) | maskOf(place);
  return bits;
}

function keepBits(bits: Uint8Array, kept: Uint8Array): void {
  for (let at = 0; at < bits.length; at += 1) bits[at] = (bits[at] ?? 0) & (kept[at] ?? 0);
}

function keepTested(bits: Uint8Array, test: ((place: number) => boolean) | null): void {
  if (test === null) return;
  for (let at = 0; at < bits.length; at += 1) {
    const byte = bits[at] ?? 0;
    if (byte === 0) continue;
    let kept = 0;
    for (let bit = 0; bit < 8; bit += 1)
      if ((byte & maskOf(bit)) !== 0 && test(at * 8 + bit)) kept |= maskOf(bit);
    bits[at] = kept;
  }
}

/** Clears the bits of places that do not match. */
function keepMatches(bits: Uint8Array, { any, none }: Clause, columns: Columns): void {
  const chosen = unionOf(any, columns, bits.length);
  const marked = none.length === 0 ? null : unionOf(none, columns, bits.length);
  for (let at = 0; at < bits.length; at += 1) {
    const unmarked = marked === null ? 0 : ~(marked[at] ?? 0);
    bits[at] = (bits[at] ?? 0) & ((chosen[at] ?? 0) | unmarked);
  }
}

function unionOf(terms: readonly string[], columns: Columns, length: number): Uint8Array {
  const union = new Uint8Array(length);
  for (const term of terms) {
    const bits = columns.get(term) ?? new Uint8Array();
    for (let at = 0; at < Math.min(length, bits.length); at += 1)
      union[at] = (union[at] ?? 0) | (bits[at] ?? 0);
  }
  return union;
}

function clausesOf(filter: ListFilter): Clause[] {
  const { status, evidence, failureCode, project, requestedBy, streamName } = filter;
  const clauses: (Clause | null)[] = [
    clauseOf(status, (value) => value, STATUS_TERMS),
    clauseOf(evidence, evidenceTerm, EVIDENCE_TERMS),
    clauseOf(failureCode, failureTerm, FAILURE_TERMS),
    clauseOf(project, projectTerm),
    clauseOf(requestedBy, requesterTerm),
    ...nameTerms(streamName ?? null).map((term) => ({ any: [term], none: [] })),
    filter.isRetried === false ? { any: [], none: [RETRIED] } : null,
    filter.isRetried === true ? { any: [RETRIED], none: [] } : null,
    filter.isCallbackDue === true ? { any: [CALLBACK_DUE], none: [] } : null,
  ];
  return clauses.filter((clause) => clause !== null);
}

/** @param marked all terms of the field; a place that has none of them has the field's unmarked value */
function clauseOf<T extends string>(
  values: readonly T[] | undefined,
  termOf: (value: T) => string,
  marked: readonly string[] = [],
): Clause | null {
  if (values === undefined) return null;
  const any = values.filter((value) => !isUnmarked(value)).map(termOf);
  return { any, none: values.some(isUnmarked) ? marked : [] };
}

function timeTest(columns: Columns, filter: ListFilter): ((place: number) => boolean) | null {
  if (!hasTimes(filter)) return null;
  const { createdAfter = -Infinity, createdBefore = Infinity } = filter;
  const times = columns.get('times') ?? Buffer.alloc(0);
  return (place) => {
    if (!has(times, place, TIME_BYTES)) return false;
    const time = times.readUIntBE(place * TIME_BYTES, TIME_BYTES);
    return time >= createdAfter && time < createdBefore;
  };
}

const has = (cells: Buffer, place: number, bytes: number): boolean => cells.length >= (place + 1) * bytes;

const hasTimes = ({ createdAfter, createdBefore }: ListFilter): boolean =>
  createdAfter !== undefined || createdBefore !== undefined;
