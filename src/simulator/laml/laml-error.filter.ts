import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonAnswer, send } from './answer.js';
import { codeOfStatus, errorAnswer } from './laml-error.js';
import { LAML_PREFIXES } from './laml.controller.js';

/** Gives the errors that arise before the LaML controller, such as a body that is too large, its error body too. */
@Catch(HttpException)
export class LamlErrorFilter implements ExceptionFilter<HttpException> {
  catch(exception: HttpException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const status = exception.getStatus();
    const ofLaml = LAML_PREFIXES.some((prefix) => request.url.startsWith(`/${prefix}/`));
    const answer = ofLaml
      ? errorAnswer(status, codeOfStatus(status), exception.message)
      : jsonAnswer(status, Object(exception.getResponse()));
    send(request, http.getResponse<FastifyReply>(), answer);
  }
}
