import type { FastifyInstance } from 'fastify';
import { faultInJsonText } from '../../validation/json-text.js';
import { InvalidBodyError } from './invalid-body.error.js';
import { demandJson } from './body-type.js';
import { ApiError } from '../problems/api-error.js';
import { HTTP_PROBLEMS } from '../problems/http-problems.js';

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Fastify does not read the body of a request with these methods, where it has no meaning (RFC 9110 §9.3). */
const BODILESS = new Set(['GET', 'HEAD']);

/**
 * Makes UTF-8 JSON the only kind of body that is read. Everything else is refused with its reason. An empty body is
 * none.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('preParsing', async (request) => {
    if (!request.is404 && !BODILESS.has(request.method)) demandJson(request);
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) =>
    bytes.length === 0 ? undefined : parseJson(bytes),
  );
}

/** @throws {ApiError} */
function parseJson(bytes: Buffer): unknown {
  const text = decode(bytes);
  const fault = faultInJsonText(text);
  if (fault !== null) throw new InvalidBodyError([fault]);
  return parse(text);
}

function decode(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    // Decoding them anyway would put other characters in the place of those bytes.
    throw new ApiError(HTTP_PROBLEMS.invalid_encoding, 'the body is not UTF-8');
  }
}

function parse(text: string): unknown {
  if (text === '') throw new ApiError(HTTP_PROBLEMS.bad_request, 'the body is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(HTTP_PROBLEMS.bad_request, `the body is not valid JSON: ${(error as Error).message}`);
  }
}
