import { opendirSync } from 'node:fs';
import { join } from 'node:path';
import { UnreadableFileError } from '../projects/projects.errors.js';
import { readTextFile } from '../projects/text-file.js';
import { MAX_DOCUMENT_BYTES } from './stop-xml.js';
import { TEMPLATE_NAME } from './names.js';
import { compileTemplate } from './template.js';
import type { Template } from './template.js';
import { InvalidTemplatesError, UnfitTemplateError } from './templates.errors.js';

const MAX_FILES = 200;

/**
 * The templates in the folder, by name. Hidden files are passed over, as mounted folders have some of their own.
 *
 * @throws {InvalidTemplatesError} names all faults at once
 */
export function readTemplates(folder: string): ReadonlyMap<string, Template> {
  const templates = new Map<string, Template>();
  const faults: string[] = [];
  for (const file of filesIn(folder)) {
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
  if (faults.length > 0) throw new InvalidTemplatesError(folder, faults);
  return templates;
}

/** In alphabetical order. */
function filesIn(folder: string): string[] {
  const files: string[] = [];
  try {
    const directory = opendirSync(folder);
    try {
      for (
        let entry = directory.readSync();
        entry !== null && files.length <= MAX_FILES;
        entry = directory.readSync()
      ) {
        if (!entry.name.startsWith('.')) files.push(entry.name);
      }
    } finally {
      directory.closeSync();
    }
  } catch (cause) {
    throw new InvalidTemplatesError(folder, [`cannot be read (${(cause as NodeJS.ErrnoException).code})`]);
  }
  if (files.length > MAX_FILES)
    throw new InvalidTemplatesError(folder, [`holds more than ${MAX_FILES} files`]);
  return files.toSorted();
}

function faultsOf(error: unknown): readonly string[] {
  if (error instanceof UnfitTemplateError) return error.faults;
  if (error instanceof UnreadableFileError) return [error.message];
  throw error;
}
