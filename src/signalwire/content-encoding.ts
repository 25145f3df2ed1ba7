import { promisify } from 'node:util';
import { brotliDecompress, unzip } from 'node:zlib';
import { InvalidAnswerError } from './signalwire.errors.js';
import { MAX_ANSWER_BYTES } from './space-pools.js';

const DECODERS: ReadonlyMap<unknown, typeof unzip> = new Map([
  ['gzip', unzip],
  ['x-gzip', unzip],
  ['deflate', unzip],
  ['br', brotliDecompress],
]);

/**
 * The text of a body that a proxy compressed although nobody asked for it; any other `encoding` is left as it is.
 *
 * @throws {InvalidAnswerError} it cannot be decoded, or is longer than `MAX_ANSWER_BYTES`
 */
export async function decodedText(body: Buffer, encoding: unknown): Promise<string> {
  const decoder = DECODERS.get(typeof encoding === 'string' ? encoding.trim().toLowerCase() : undefined);
  if (decoder === undefined || body.length === 0) return body.toString();
  const decode = promisify<Buffer, object, Buffer>(decoder);
  try {
    return (await decode(body, { maxOutputLength: MAX_ANSWER_BYTES })).toString();
  } catch (cause) {
    throw new InvalidAnswerError(
      'the answer is compressed, and cannot be decoded or is too long',
      undefined,
      {
        cause,
      },
    );
  }
}
