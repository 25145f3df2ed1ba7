import { readFile, writeFile } from 'node:fs/promises';
import { ProgramError } from '../../src/demo/program.js';

/** What stands between the marks; empty without them. */
export function sectionIn(markdown: string, name: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  return markdown.split(begin)[1]?.split(end)[0]?.trim() ?? '';
}

/**
 * The Markdown with `section` between the marks `<!-- name -->` and `<!-- /name -->`.
 *
 * @throws {ProgramError} the marks are missing or out of order
 */
export function withSection(markdown: string, name: string, section: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = markdown.indexOf(begin);
  const to = markdown.indexOf(end, from);
  if (from < 0 || to < 0) throw new ProgramError(`there is no place for the results: ${begin} … ${end}`);
  return `${markdown.slice(0, from + begin.length)}\n\n${section}\n\n${markdown.slice(to)}`;
}

export async function writeSection(path: string, name: string, section: string): Promise<void> {
  await writeFile(path, withSection(await readFile(path, 'utf8'), name, section));
}
