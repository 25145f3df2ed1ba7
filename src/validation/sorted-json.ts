/** JSON in which the fields of every object stand in the order of their names, whatever order they came in. */
export function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  const written = Object.keys(fields)
    .filter((name) => fields[name] !== undefined)
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${sortedJson(fields[name])}`);
  return `{${written.join(',')}}`;
}
