import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EMPTY_DOCUMENT, XML } from '../cxml/stop-document.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { sourceOf } from '../platform/http/source.js';
import { AllowanceSpentError } from './access/source-allowance.js';

/** Answers every error with an empty document: SignalWire can read nothing else, and strangers learn nothing. */
@Catch()
export class DocumentsFilter implements ExceptionFilter {
  private readonly logger = new Logger(DocumentsFilter.name);
  private readonly unknownRoute = new RareLine(this.logger, 'warn', 'unknown route requested');

  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    if (exception instanceof AllowanceSpentError) void reply.header('retry-after', exception.retryAfter);
    else if (status >= 500)
      this.logger.error('request failed', exception instanceof Error ? exception.stack : exception);
    else if (request.routeOptions.url === undefined)
      this.unknownRoute.write({ method: request.method, source: sourceOf(request) });
    void reply.status(status).header('content-type', XML).send(EMPTY_DOCUMENT);
  }
}
