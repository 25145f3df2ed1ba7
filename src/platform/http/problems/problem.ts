import { HttpException } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '../../validation/faults.js';
import { ApiError } from './api-error.js';
import { HTTP_PROBLEMS } from './http-problems.js';
import type { ProblemKind } from './problem-kind.js';
import { cut } from '../cut.js';
import { MAX_BODY_BYTES } from '../limits.js';

export const PROBLEM_JSON = 'application/problem+json';
const RETRY_AFTER_SECONDS = 1;

/** Both may repeat a part of the request, which can be thousands of characters long. */
const MAX_INSTANCE_LENGTH = 200;
const MAX_DETAIL_LENGTH = 300;

class FaultView implements Fault {
  @ApiProperty({ example: 'then[1].redirect', description: 'the field, parameter or header' })
  readonly field: string;

  @ApiProperty({ description: 'what is wrong with it' })
  readonly message: string;
}

/** An error as defined by RFC 9457, with a stable `code` for programs. */
export class Problem {
  @ApiProperty({ format: 'uri-reference', description: 'where the API says what this kind of problem means' })
  readonly type: string;

  @ApiProperty({ description: 'the same for every problem of the kind' })
  readonly title: string;

  @ApiProperty({ type: 'integer', description: 'the HTTP status' })
  readonly status: number;

  @ApiProperty({ description: 'what is wrong with this request' })
  readonly detail: string;

  @ApiProperty({ description: 'the path of the request' })
  readonly instance: string;

  @ApiProperty({ example: 'invalid_body', description: 'the kind of problem, for programs' })
  readonly code: string;

  @ApiPropertyOptional({ type: [FaultView], description: 'what is wrong, field by field' })
  readonly errors?: readonly Fault[];
}

/** More than the framework says itself. */
const frameworkDetail = (status: number, maxBodyBytes: number): string | undefined =>
  ({
    413: `the body must be at most ${maxBodyBytes} bytes long`,
    415: 'the body must be JSON, with the header Content-Type: application/json',
  })[status];

/**
 * Where `PORT` says what a problem means. A relative reference, as https://www.rfc-editor.org/rfc/rfc9457#section-3.1.1
 * permits.
 */
export const typeOf = (code: string, basePath: string): string => `${basePath}/problems/${code}`;

/** Where a problem occurs. */
export interface Occurrence {
  /** Of the request; its query is not repeated in the response. */
  readonly url: string;
  /** The path below which a proxy shows the server; empty for none. */
  readonly basePath?: string;
  /** The limit of the route. */
  readonly maxBodyBytes?: number;
}

export function problemOf(
  exception: unknown,
  { url, basePath = '', maxBodyBytes = MAX_BODY_BYTES }: Occurrence,
): Problem {
  const { kind, detail, faults } = explained(exception, maxBodyBytes);
  return {
    type: typeOf(kind.code, basePath),
    title: kind.title,
    status: kind.status,
    detail: cut(detail, MAX_DETAIL_LENGTH),
    instance: uriOf(cut(url.replace(/\?.*/s, ''), MAX_INSTANCE_LENGTH)),
    code: kind.code,
    ...(faults && { errors: faults }),
  };
}

/** What a URI cannot hold, and percent signs that encode nothing, as at the end of a path that was cut. */
const NOT_IN_URI = /%(?![\da-f]{2})|[^\w!#$%&'()*+,\-./:;=?@~]/gi;

/**
 * A path as a URI reference (RFC 3986). Node accepts other characters, too, and gives each byte as one of them. Two
 * slashes at the start would name a host.
 */
const uriOf = (path: string): string =>
  path
    .replace(NOT_IN_URI, (character) => `%${Buffer.from(character, 'latin1').toString('hex').toUpperCase()}`)
    .replace(/^\/{2}/, '/.//');

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  void reply.status(problem.status).header('content-type', PROBLEM_JSON).send(JSON.stringify(problem));
}

/** Answers a request with an error. */
export function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown): Problem {
  const { basePath } = request.server;
  const problem = problemOf(error, {
    url: request.url,
    basePath,
    maxBodyBytes: request.routeOptions.bodyLimit,
  });
  sendProblem(reply, problem);
  return problem;
}

interface Explained {
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly faults?: readonly Fault[];
}

function explained(exception: unknown, maxBodyBytes: number): Explained {
  if (exception instanceof ApiError)
    return { kind: exception.kind, detail: exception.message, faults: exception.faults };
  if (exception instanceof HttpException && isTheClients(exception.getStatus())) {
    const kind = kindOf(exception.getStatus());
    return { kind, detail: frameworkDetail(kind.status, maxBodyBytes) ?? exception.message };
  }
  return { kind: HTTP_PROBLEMS.internal_error, detail: 'something went wrong here; the log says what' };
}

/** Not Implemented and HTTP Version Not Supported speak of the request, too. */
const isTheClients = (status: number): boolean => status < 500 || status === 501 || status === 505;

const kindOf = (wanted: number): ProblemKind =>
  Object.values(HTTP_PROBLEMS).find(({ status }) => status === wanted) ?? HTTP_PROBLEMS.bad_request;
