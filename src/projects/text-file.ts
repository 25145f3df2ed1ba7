import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { UnreadableFileError } from './projects.errors.js';

/**
 * The text of a file of at most `maxBytes`, without a byte order mark.
 *
 * @throws {UnreadableFileError}
 */
export function readTextFile(path: string, maxBytes: number): string {
  const bytes = readBytes(path, maxBytes);
  if (bytes.length > maxBytes) throw new UnreadableFileError(`is longer than ${maxBytes} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UnreadableFileError('is not UTF-8', { cause });
  }
}

/** At most one byte more than `maxBytes`. */
function readBytes(path: string, maxBytes: number): Uint8Array {
  const bytes = Buffer.alloc(maxBytes + 1);
  let file: number | null = null;
  try {
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) throw new UnreadableFileError('is not a regular file');
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } catch (cause) {
    if (cause instanceof UnreadableFileError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new UnreadableFileError(`cannot be read (${code})`, { cause });
  } finally {
    if (file !== null) closeSync(file);
  }
}
