/** Nothing that is accepted is nested half as deep. */
const MAX_DEPTH = 20;

/**
 * JSON in which the fields of every object stand in the order of their names, whatever order they came in. What is nested
 * without end is cut, since it would exhaust the stack.
 */
export function sortedJson(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth > MAX_DEPTH) return 'null';
  if (Array.isArray(value)) return `[${value.map((item) => sortedJson(item, depth + 1)).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  const written = Object.keys(fields)
    .filter((name) => fields[name] !== undefined)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${sortedJson(fields[name], depth + 1)}`);
  return `{${written.join(',')}}`;
}
