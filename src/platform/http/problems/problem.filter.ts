import { Catch, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.js';
import { refuse } from './problem.js';

/** Answers every error with `application/problem+json` (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for routes that are not Nest's. */
  answer(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { status, instance } = refuse(request, reply, exception);
    if (status >= 500) this.report(exception, instance);
  }

  private report(exception: unknown, path: string): void {
    if (exception instanceof ApiError) {
      const { cause } = exception;
      this.logger.warn('request not served', {
        code: exception.code,
        path,
        reason: exception.message,
        ...(cause instanceof Error && { cause: cause.message }),
      });
    } else {
      this.logger.error('request failed', exception instanceof Error ? exception.stack : String(exception));
    }
  }
}
