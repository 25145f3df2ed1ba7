import type { FastifyRequest } from 'fastify';
import { cut } from '../cut.js';
import { headerValues } from '../header-values.js';
import { ApiError } from '../problems/api-error.js';
import { HTTP_PROBLEMS } from '../problems/http-problems.js';

const MEDIA_TYPE = 'application/json';
const UTF_8 = new Set(['utf-8', 'utf8']);
const MAX_QUOTED = 100;

/** What the headers of a request say about its body. */
export interface BodyHeaders {
  readonly contentTypes: readonly string[];
  readonly contentEncoding: string;
}

/** @throws {ApiError} `unsupported_media_type`: the request has a body that is not sent as plain UTF-8 JSON */
export function demandJson(request: FastifyRequest): void {
  const fault = hasBody(request)
    ? faultInBodyType({
        contentTypes: headerValues(request, 'content-type'),
        contentEncoding: headerValues(request, 'content-encoding').join(', '),
      })
    : null;
  if (fault !== null) throw new ApiError(HTTP_PROBLEMS.unsupported_media_type, fault);
}

/** Why a body with these headers is refused; null if it may be read. */
export function faultInBodyType({ contentTypes, contentEncoding }: BodyHeaders): string | null {
  if (contentEncoding !== '')
    return `Content-Encoding ${quoted(contentEncoding)} is not supported; send the body as it is`;
  const [contentType, ...others] = new Set(contentTypes.map((type) => type.trim()));
  if (contentType === undefined) return `the header Content-Type: ${MEDIA_TYPE} is missing`;
  if (others.length > 0) return 'Content-Type was sent more than once, with different values';
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  if (mediaType.toLowerCase() !== MEDIA_TYPE)
    return `Content-Type must be ${MEDIA_TYPE}, not ${quoted(mediaType)}`;
  const charset = parameters.map(charsetIn).find((name) => name !== null && !UTF_8.has(name));
  return charset === undefined ? null : `the charset must be utf-8, not ${quoted(charset ?? '')}`;
}

/** Null for any other parameter, which has no meaning for JSON. */
const charsetIn = (parameter: string): string | null =>
  /^charset="?([^"]*)"?$/i.exec(parameter)?.[1]?.toLowerCase() ?? null;

const quoted = (text: string): string => `"${cut(text, MAX_QUOTED)}"`;

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
