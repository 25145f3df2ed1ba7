import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CancellationNotFoundError, QueueUnavailableError } from '../cancellations/cancellations.errors.js';
import type { Fault } from '../validation/faults.js';
import { MAX_BODY_BYTES } from './http-adapter.js';
import { InvalidBodyError } from './invalid-body.error.js';

export const PROBLEM_JSON = 'application/problem+json';

class FaultView implements Fault {
  @ApiProperty({ example: 'then[1].redirect' })
  readonly field: string;

  @ApiProperty()
  readonly message: string;
}

/** An error as RFC 9457 has it, with a stable `code` for programs. */
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

/** Errors that the HTTP layer itself raises; its own words serve where no detail stands here. */
const HTTP_ERRORS: Record<number, { code: string; detail?: string }> = {
  401: { code: 'unauthorized' },
  404: { code: 'not_found' },
  413: { code: 'body_too_large', detail: `the body must be at most ${MAX_BODY_BYTES} bytes long` },
  414: { code: 'uri_too_long' },
  415: {
    code: 'unsupported_media_type',
    detail: 'the body must be JSON, with the header Content-Type: application/json',
  },
};

/** @param instance the path of the request, without its query */
export function problemOf(exception: unknown, instance: string): Problem {
  const { status, code, detail } = kindOf(exception);
  const problem = {
    type: `urn:streamstop:problem:${code}`,
    title: STATUS_CODES[status] ?? code,
    status,
    detail,
    instance,
    code,
  };
  return exception instanceof InvalidBodyError ? { ...problem, errors: exception.faults } : problem;
}

function kindOf(exception: unknown): Kind {
  if (exception instanceof InvalidBodyError)
    return { status: 400, code: 'invalid_body', detail: exception.message };
  if (exception instanceof CancellationNotFoundError) {
    return { status: 404, code: 'cancellation_not_found', detail: exception.message };
  }
  if (exception instanceof QueueUnavailableError) {
    return { status: 503, code: 'queue_unavailable', detail: exception.message };
  }
  if (exception instanceof HttpException && exception.getStatus() < 500) {
    const status = exception.getStatus();
    return { status, detail: exception.message, ...(HTTP_ERRORS[status] ?? { code: 'bad_request' }) };
  }
  return { status: 500, code: 'internal_error', detail: 'something went wrong here; the log says what' };
}
