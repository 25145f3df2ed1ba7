import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { WHOLE_OBJECT } from '../platform/validation/faults.js';
import { InvalidFileError, UnreadableFileError } from '../projects/projects.errors.js';
import { readTextFile } from '../projects/text-file.js';
import { TEMPLATE_NAME } from './names.js';
import { MAX_DOCUMENT_BYTES } from './stop-xml.js';
import { compileTemplate } from './template.js';
import type { Template } from './template.js';
import { InvalidTemplateError } from './templates.errors.js';

const MAX_FILES = 200;

/**
 * The templates in the folder, by name. Hidden files are ignored, because mounted folders have some. Other work can run
 * between two files.
 *
 * @throws {InvalidFileError} names all faults at once
 */
export async function readTemplates(folder: string): Promise<ReadonlyMap<string, Template>> {
  const templates = new Map<string, Template>();
  const faults: string[] = [];
  for (const file of await filesIn(folder)) {
    await setImmediate();
    const name = file.endsWith('.xml') ? file.slice(0, -'.xml'.length) : '';
    if (!TEMPLATE_NAME.test(name)) {
      faults.push(`${file}: must be called NAME.xml, NAME being 1 to 64 letters, digits, _ or -`);
      continue;
    }
    try {
      templates.set(name, compileTemplate(readTextFile(join(folder, file), MAX_DOCUMENT_BYTES)));
    } catch (error) {
      faults.push(...faultsOf(error).map((fault) => `${file}: ${fault}`));
    }
  }
  if (faults.length > 0) throw invalid(folder, faults);
  return templates;
}

const invalid = (folder: string, faults: readonly string[]): InvalidFileError =>
  new InvalidFileError(
    'TEMPLATES_DIR',
    folder,
    faults.map((message) => ({ field: WHOLE_OBJECT, message })),
  );

/** In alphabetical order. */
async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (!name.startsWith('.')) files.push(name);
      if (files.length > MAX_FILES) break;
    }
  } catch (cause) {
    throw invalid(folder, [`cannot be read (${(cause as NodeJS.ErrnoException).code})`]);
  }
  if (files.length > MAX_FILES) throw invalid(folder, [`has more than ${MAX_FILES} files`]);
  return files.toSorted();
}

function faultsOf(error: unknown): readonly string[] {
  if (error instanceof InvalidTemplateError) return error.faults;
  if (error instanceof UnreadableFileError) return [error.message];
  throw error;
}
