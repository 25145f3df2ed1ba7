import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RareLine } from '../platform/logging/rare-line.js';
import { sourceOf } from './access/source.js';
import { AllowanceSpentError } from './access/source-allowance.js';
import { EMPTY_DOCUMENT, XML } from '../cxml/stop-document.js';

/** Answers every error with an empty document: SignalWire can read nothing else, and a stranger learns nothing. */
@Catch()
export class DocumentsFilter implements ExceptionFilter {
  private readonly logger = new Logger(DocumentsFilter.name);
  private readonly astray = new RareLine(this.logger, 'warn', 'a request led nowhere');

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    if (exception instanceof AllowanceSpentError) void reply.header('retry-after', exception.retryAfter);
    else if (status >= 500)
      this.logger.error(
        'a document was not served',
        exception instanceof Error ? exception.stack : exception,
      );
    else if (request.routeOptions.url === undefined)
      this.astray.write({ method: request.method, source: sourceOf(request.ip) });
    void reply.status(status).header('content-type', XML).send(EMPTY_DOCUMENT);
  }
}
