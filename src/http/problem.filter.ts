import { Catch, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { QueueUnavailableError } from '../cancellations/cancellations.errors.js';
import { PROBLEM_JSON, problemOf } from './problem.js';

const RETRY_AFTER_SECONDS = 1;

/** Answers every error of the API as `application/problem+json` (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const path = http.getRequest<FastifyRequest>().url.replace(/\?.*/s, '');
    const problem = problemOf(exception, path);
    if (problem.status >= 500) this.report(exception, path);

    const reply = http.getResponse<FastifyReply>();
    if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    void reply.status(problem.status).header('content-type', PROBLEM_JSON).send(JSON.stringify(problem));
  }

  private report(exception: unknown, path: string): void {
    if (exception instanceof QueueUnavailableError) {
      this.logger.warn(exception.message, { path, cause: exception.cause?.message ?? 'not connected' });
    } else {
      this.logger.error('request failed', exception instanceof Error ? exception.stack : String(exception));
    }
  }
}
