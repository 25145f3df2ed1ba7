import { promisify } from 'node:util';
import { brotliDecompress, inflateRaw, unzip } from 'node:zlib';
import { MAX_ANSWER_BYTES } from './space-pools.js';

type Decode = (body: Buffer) => Promise<Buffer>;

const bounded =
  (decoder: typeof unzip): Decode =>
  (body) =>
    promisify<Buffer, object, Buffer>(decoder)(body, { maxOutputLength: MAX_ANSWER_BYTES });

const unzipped = bounded(unzip);

/** Some servers send `deflate` without the header of zlib that RFC 9110 §8.4.1.2 asks for. */
const inflated: Decode = (body) => unzipped(body).catch(() => bounded(inflateRaw)(body));

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ['gzip', unzipped],
  ['x-gzip', unzipped],
  ['deflate', inflated],
  ['br', bounded(brotliDecompress)],
  ['identity', async (body) => body],
]);

/** One for each proxy on the way. */
const MAX_ENCODINGS = 5;

/**
 * The text of a body that a proxy compressed although nobody asked for it. An encoding of another name is taken for
 * none.
 *
 * @param encoding the header `Content-Encoding`: encodings in the order in which they were applied
 * @returns null if the body cannot be decoded, or is longer than `MAX_ANSWER_BYTES`
 */
export async function decodedText(
  body: Buffer,
  encoding: string | readonly string[] | undefined,
): Promise<string | null> {
  const names = [encoding ?? []].flat().join(',').toLowerCase().split(',');
  const decoders = names.map((name) => DECODERS.get(name.trim())).filter((decode) => decode !== undefined);
  if (body.length === 0) return '';
  if (decoders.length > MAX_ENCODINGS) return null;
  try {
    let decoded = body;
    for (const decode of decoders.toReversed()) decoded = await decode(decoded);
    return decoded.toString();
  } catch {
    return null;
  }
}
