import { hash } from 'node:crypto';
import type { IdempotencyKey } from './idempotency-key.js';

/** Digits of an id that tell the cancellations of one request apart. */
const PLACE_DIGITS = 4;

/** The id of the cancellation that a key stands for: the same in every process. */
export const keyedId = ({ apiKeyName, value }: IdempotencyKey): string =>
  uuidv8(JSON.stringify([apiKeyName, value]));

/**
 * The id of one of several cancellations of a request; they are in order, as its streams are.
 *
 * @param mark the request's
 */
export const keyedIdAt = (mark: string, place: number): string =>
  uuidv8(mark).slice(0, -PLACE_DIGITS) + place.toString(16).padStart(PLACE_DIGITS, '0');

/** https://www.rfc-editor.org/rfc/rfc9562#section-5.8, with the first digits of a SHA-256 for all that is free. */
function uuidv8(text: string): string {
  const digits = hash('sha256', text, 'hex');
  const variant = '89ab'[Number.parseInt(digits.charAt(16), 16) % 4];
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}
