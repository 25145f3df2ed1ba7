import { Catch } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CallConflictError, TooManyCallsError, UnknownCallError } from '../calls/call.errors.js';

/** Maps call errors to HTTP 404, 409 and 503. */
@Catch(CallConflictError, TooManyCallsError, UnknownCallError)
export class ControlErrorFilter implements ExceptionFilter<Error> {
  catch(error: Error, host: ArgumentsHost): void {
    const statusCode = statusOf(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.status(statusCode).send({ statusCode, message: error.message });
  }
}

function statusOf(error: Error): number {
  if (error instanceof UnknownCallError) return 404;
  return error instanceof CallConflictError ? 409 : 503;
}
