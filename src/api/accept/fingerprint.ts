import { hash } from 'node:crypto';

/** Deeper values are invalid anyway, and would exhaust the stack. */
const MAX_DEPTH = 20;

/** The same for two bodies that differ only in the order of their fields, or in `null` for an absent field. */
export const fingerprintOf = (body: unknown): string => hash('sha256', canonicalJson(body), 'base64url');

/** JSON with the fields of every object sorted by name, and without those that are null. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth > MAX_DEPTH) return 'null';
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== null && field !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field, depth + 1)}`);
  return `{${fields.join(',')}}`;
}
