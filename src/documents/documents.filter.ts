import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { EMPTY_DOCUMENT, XML } from './stop-document.js';

/** Answers every error with an empty document: SignalWire can read nothing else, and a stranger learns nothing. */
@Catch()
export class DocumentsFilter implements ExceptionFilter {
  private readonly logger = new Logger(DocumentsFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    if (status >= 500)
      this.logger.error(
        'a document was not served',
        exception instanceof Error ? exception.stack : exception,
      );
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.status(status).header('content-type', XML).send(EMPTY_DOCUMENT);
  }
}
