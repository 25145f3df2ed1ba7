export type Alignment = 'left' | 'right';

/** A Markdown table; its columns are as wide as their longest cell, and the first row is the head. */
export function markdownTable(
  rows: readonly (readonly string[])[],
  alignmentOf: (column: number) => Alignment,
): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const padded = (cell: string, column: number): string =>
    alignmentOf(column) === 'left' ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const [head = [], ...body] = rows.map((row) => line(row.map(padded)));
  const rule = line(
    widths.map((width, column) =>
      alignmentOf(column) === 'left' ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
    ),
  );
  return [head, rule, ...body].join('\n');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
