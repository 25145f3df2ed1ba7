import type { Readable } from 'node:stream';
import { FORM_TIMEOUT_MS, MAX_BODY_BYTES } from './limits.js';

/**
 * The fields of a web form, in the order in which they were sent, as
 * https://url.spec.whatwg.org/#application/x-www-form-urlencoded reads any text at all. Null where the body is longer
 * than `MAX_BODY_BYTES`, does not end within `FORM_TIMEOUT_MS`, or breaks off. The rest of it is thrown away, so that
 * the request can be answered.
 */
export function readForm(payload: Readable): Promise<URLSearchParams | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (form: URLSearchParams | null): void => {
      clearTimeout(timer);
      payload.off('data', take).resume();
      resolve(form);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) settle(null);
      else chunks.push(chunk);
    };
    const timer = setTimeout(() => settle(null), FORM_TIMEOUT_MS);
    payload
      .on('data', take)
      .once('end', () => settle(new URLSearchParams(Buffer.concat(chunks).toString())))
      .once('error', () => settle(null))
      .once('close', () => settle(null));
  });
}
