import { Catch, HttpException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonResponse, send } from './response.js';
import { codeOfStatus, errorResponse } from './laml-error.js';
import { LAML_PREFIXES } from './laml.controller.js';

/** Errors raised before a LaML controller runs, such as an oversized body, get a LaML error body too. */
@Catch(HttpException)
export class LamlErrorFilter implements ExceptionFilter<HttpException> {
  catch(exception: HttpException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const status = exception.getStatus();
    const isLaml = LAML_PREFIXES.some((prefix) => request.url.startsWith(`/${prefix}/`));
    const response = isLaml
      ? errorResponse(status, codeOfStatus(status), exception.message)
      : jsonResponse(status, Object(exception.getResponse()));
    send(request, http.getResponse<FastifyReply>(), response);
  }
}
