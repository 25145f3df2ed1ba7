import { readFile, writeFile } from 'node:fs/promises';
import { ProgramError } from '../program.js';

const BEGIN = '<!-- written by npm run bench -->';
const END = '<!-- end -->';

/** @throws {ProgramError} the markers are not there, in this order */
export function withSection(readme: string, section: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END, begin);
  if (begin < 0 || end < 0)
    throw new ProgramError(`the README has no place for the results: ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${readme.slice(end)}`;
}

export async function writeSection(path: string, section: string): Promise<void> {
  await writeFile(path, withSection(await readFile(path, 'utf8'), section));
}
