import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Fault } from '../validation/faults.js';
import { ApiError } from './api-error.js';
import { cut } from './cut.js';
import { MAX_BODY_BYTES } from './limits.js';

export const PROBLEM_JSON = 'application/problem+json';
const RETRY_AFTER_SECONDS = 1;

/** Both may repeat a part of the request, which can be thousands of characters long. */
const MAX_INSTANCE_LENGTH = 200;
const MAX_DETAIL_LENGTH = 300;

class FaultView implements Fault {
  @ApiProperty({ example: 'then[1].redirect' })
  readonly field: string;

  @ApiProperty()
  readonly message: string;
}

/** An error as defined by RFC 9457, with a stable `code` for programs. */
export class Problem {
  @ApiProperty({ format: 'uri' })
  readonly type: string;

  @ApiProperty()
  readonly title: string;

  @ApiProperty()
  readonly status: number;

  @ApiProperty()
  readonly detail: string;

  @ApiProperty({ description: 'the path of the request' })
  readonly instance: string;

  @ApiProperty({ example: 'invalid_body' })
  readonly code: string;

  @ApiPropertyOptional({ type: [FaultView] })
  readonly errors?: readonly Fault[];
}

interface Kind {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/** Better codes and details for the framework's own errors. */
const frameworkErrors = (maxBodyBytes: number): Record<number, { code?: string; detail?: string }> => ({
  413: { code: 'body_too_large', detail: `the body must be at most ${maxBodyBytes} bytes long` },
  415: { detail: 'the body must be JSON, with the header Content-Type: application/json' },
});

/**
 * @param url of the request; its query is not repeated in the response
 * @param maxBodyBytes the limit of the route
 */
export function problemOf(exception: unknown, url: string, maxBodyBytes = MAX_BODY_BYTES): Problem {
  const { status, code, detail } = kindOf(exception, maxBodyBytes);
  const problem = {
    type: `urn:streamstop:problem:${code}`,
    title: STATUS_CODES[status] ?? code,
    status,
    detail: cut(detail, MAX_DETAIL_LENGTH),
    instance: uriOf(cut(url.replace(/\?.*/s, ''), MAX_INSTANCE_LENGTH)),
    code,
  };
  const faults = exception instanceof ApiError ? exception.faults : undefined;
  return faults === undefined ? problem : { ...problem, errors: faults };
}

/** What a URI cannot hold, and percent signs that encode nothing, as at the end of a path that was cut. */
const NOT_IN_URI = /%(?![\da-f]{2})|[^\w!#$%&'()*+,\-./:;=?@~]/gi;

/**
 * A path as a URI reference (RFC 3986). Node accepts other characters, too, and gives each byte as one of them. Two slashes at the
 * start would name a host.
 */
const uriOf = (path: string): string =>
  path
    .replace(NOT_IN_URI, (character) => `%${Buffer.from(character, 'latin1').toString('hex').toUpperCase()}`)
    .replace(/^\/{2}/, '/.//');

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  void reply.status(problem.status).header('content-type', PROBLEM_JSON).send(JSON.stringify(problem));
}

function kindOf(exception: unknown, maxBodyBytes: number): Kind {
  if (exception instanceof ApiError) {
    return { status: exception.status, code: exception.code, detail: exception.message };
  }
  if (exception instanceof HttpException && isTheClients(exception.getStatus())) {
    const status = exception.getStatus();
    return {
      status,
      code: codeOf(status),
      detail: exception.message,
      ...frameworkErrors(maxBodyBytes)[status],
    };
  }
  return { status: 500, code: 'internal_error', detail: 'something went wrong here; the log says what' };
}

/** Not Implemented and HTTP Version Not Supported speak of the request, too. */
const isTheClients = (status: number): boolean => status < 500 || status === 501 || status === 505;

/** `Method Not Allowed` becomes `method_not_allowed`. */
const codeOf = (status: number): string =>
  (STATUS_CODES[status] ?? 'bad_request').toLowerCase().replaceAll(/[^a-z]+/g, '_');
