import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidIdempotencyKeyError } from './errors.js';

export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

const PRINTABLE = /^[ -~]+$/;

/** https://www.rfc-editor.org/rfc/rfc8941#section-3.3.3: printable ASCII, in which a backslash stands before `"` and `\`. */
const QUOTED_STRING = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

/** By what its caller knows a request again. */
export interface IdempotencyKey {
  readonly value: string;
  /** Keeps callers apart who choose the same value; null where no API key is asked for. */
  readonly apiKeyName: string | null;
}

/**
 * The value of `Idempotency-Key` (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/): a quoted
 * string, or, as many clients send it, the bare text.
 *
 * @throws {InvalidIdempotencyKeyError}
 */
export function parseIdempotencyKey(header: string): string {
  const value = header.startsWith('"')
    ? (QUOTED_STRING.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? '')
    : header;
  if (value.length > MAX_IDEMPOTENCY_KEY_LENGTH || !PRINTABLE.test(value))
    throw new InvalidIdempotencyKeyError();
  return value;
}

/** The `Idempotency-Key` of the request, an `IdempotencyKey`; null where it has none. */
export const FromIdempotencyKey = createParamDecorator(
  (_: unknown, context: ExecutionContext): IdempotencyKey | null => {
    const { headers, apiKeyName = null } = context.switchToHttp().getRequest<FastifyRequest>();
    const header = headers['idempotency-key'];
    return header === undefined ? null : { value: parseIdempotencyKey(String(header)), apiKeyName };
  },
);
