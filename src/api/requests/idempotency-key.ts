import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { headerValues } from '../../platform/http/header-values.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { PROBLEMS } from '../../problems/catalogue.js';

const MAX_LENGTH = 255;

/** The header, for OpenAPI. */
export const IDEMPOTENCY_KEY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'for `RETENTION_HOURS`, the same key with the same body returns the same cancellations; with another body it is refused',
  schema: { type: 'string', minLength: 1, maxLength: MAX_LENGTH },
  example: '6d1c5f0a-9a0e-4c57-b6a5-3f6f0b0f6c11',
} as const;

const PRINTABLE = /^[ -~]+$/;

/** https://www.rfc-editor.org/rfc/rfc8941#section-3.3.3: printable ASCII, with `"` and `\` escaped by a backslash. */
const QUOTED_STRING = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

/** The key by which a client repeats a request. */
export interface IdempotencyKey {
  readonly value: string;
  /** Keeps clients apart that choose the same value; null if the service has no API keys. */
  readonly apiKeyName: string | null;
}

/**
 * The value of `Idempotency-Key` (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/): a
 * quoted string, or, as many clients send it, the bare text.
 *
 * @throws {ApiError} `invalid_idempotency_key`
 */
export function parseIdempotencyKey(header: string): string {
  const value = header.startsWith('"')
    ? (QUOTED_STRING.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? '')
    : header;
  if (value.length > MAX_LENGTH || !PRINTABLE.test(value))
    throw new ApiError(
      PROBLEMS.invalid_idempotency_key,
      `Idempotency-Key must be 1 to ${MAX_LENGTH} printable ASCII characters, bare or as a quoted string (RFC 8941), such as a UUID`,
    );
  return value;
}

/**
 * The key of a request that may repeat it: client and proxy may each have added the header.
 *
 * @throws {ApiError} `invalid_idempotency_key`
 */
export function onlyKey(headers: readonly string[]): string | null {
  const [key, ...others] = new Set(headers.map(parseIdempotencyKey));
  if (others.length > 0)
    throw new ApiError(PROBLEMS.invalid_idempotency_key, 'Idempotency-Key was sent with different values');
  return key ?? null;
}

/** Injects the request's `IdempotencyKey`, or null. */
export const FromIdempotencyKey = createParamDecorator(
  (_: unknown, context: ExecutionContext): IdempotencyKey | null => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const value = onlyKey(headerValues(request, 'idempotency-key'));
    return value === null ? null : { value, apiKeyName: request.caller?.name ?? null };
  },
);
