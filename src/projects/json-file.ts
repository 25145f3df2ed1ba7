import { plainToInstance } from 'class-transformer';
import type { ClassConstructor } from 'class-transformer';
import { validateSync } from 'class-validator';
import { faultsOf, WHOLE_OBJECT } from '../platform/validation/faults.js';
import type { Fault } from '../platform/validation/faults.js';
import { faultInJson } from '../platform/validation/json-bounds.js';
import { InvalidFileError, UnreadableFileError } from './projects.errors.js';
import { readTextFile } from './text-file.js';

const MAX_FILE_BYTES = 1_000_000;

/** A file of settings. */
export interface JsonFile<T> {
  /** The variable that names it, for messages. */
  readonly variable: string;
  readonly path: string;
  readonly type: ClassConstructor<T>;
  /** The one field of `type`. */
  readonly field: keyof T & string;
}

/**
 * What a file of at most a megabyte says.
 *
 * @param otherFaults what is wrong beyond the rules of `type`; called for invalid contents too
 * @throws {InvalidFileError} names all faults at once, and quotes no value
 */
export function readJsonFile<T extends object>(file: JsonFile<T>, otherFaults: (content: T) => Fault[]): T {
  const { variable, path, type } = file;
  const json = contentOf(file);
  const unfit = faultInJson(json);
  if (unfit !== null) throw new InvalidFileError(variable, path, [unfit]);
  const content = plainToInstance(type, json);
  const errors = validateSync(content, {
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
  });
  const faults = [...faultsOf(errors), ...otherFaults(content)];
  if (faults.length > 0) throw new InvalidFileError(variable, path, faults);
  return content;
}

function contentOf<T>({ variable, path, field }: JsonFile<T>): object {
  const fault = (message: string): InvalidFileError =>
    new InvalidFileError(variable, path, [{ field: WHOLE_OBJECT, message: `the file ${message}` }]);
  try {
    const content: unknown = JSON.parse(readTextFile(path, MAX_FILE_BYTES));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  } catch (error) {
    if (error instanceof UnreadableFileError) throw fault(error.message);
    // The parser's own message quotes the file, which contains credentials.
    throw fault('is not valid JSON');
  }
  throw fault(`must be a JSON object with the field ${field}`);
}

/** Each entry of a list that is an object, with its place. The list's own rules report the others. */
export const entriesOf = <E>(list: unknown, type: ClassConstructor<E>, field: string): [E, string][] =>
  !Array.isArray(list)
    ? []
    : list.flatMap((entry: unknown, index): [E, string][] =>
        entry instanceof type ? [[entry, `${field}[${index}]`]] : [],
      );

/** @param owners which entry has each value; no other entry may have it */
export function repetition(
  owners: Map<unknown, string>,
  value: unknown,
  place: string,
  field: string,
): Fault[] {
  if (typeof value !== 'string') return [];
  const owner = owners.get(value);
  if (owner === undefined) owners.set(value, place);
  const message = `${field} must differ from that of ${owner}`;
  return owner === undefined ? [] : [{ field: `${place}.${field}`, message }];
}
