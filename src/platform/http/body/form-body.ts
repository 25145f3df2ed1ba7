import type { Readable } from 'node:stream';
import { FORM_TIMEOUT_MS, MAX_BODY_BYTES } from '../limits.js';

/** A request body that is read as a web form, whatever its content type. */
export interface FormBody {
  /** In the order sent. Any text can be parsed: https://url.spec.whatwg.org/#application/x-www-form-urlencoded */
  readonly fields: URLSearchParams;
  /** For signatures. */
  readonly raw: Buffer;
}

/**
 * Null if the body is longer than `MAX_BODY_BYTES`, does not end within `FORM_TIMEOUT_MS`, or breaks off. The rest is
 * discarded, so that the request can be answered.
 */
export function readForm(payload: Readable): Promise<FormBody | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (form: FormBody | null): void => {
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
      .once('end', () => settle(formOf(Buffer.concat(chunks))))
      .once('error', () => settle(null))
      .once('close', () => settle(null));
  });
}

const formOf = (raw: Buffer): FormBody => ({ fields: new URLSearchParams(raw.toString()), raw });
