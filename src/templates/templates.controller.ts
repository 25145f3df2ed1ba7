import { Controller, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parametersOf } from '../documents/sender.js';
import { EMPTY_DOCUMENT, XML } from '../documents/stop-document.js';
import { Metrics } from '../monitoring/metrics.js';
import { DocumentTemplates } from './document-templates.js';

/** The templates themselves, as XML Bins: no evidence. */
@Controller('/laml/templates')
export class TemplatesController {
  constructor(
    private readonly templates: DocumentTemplates,
    private readonly metrics: Metrics,
  ) {}

  @Post(':name')
  @HttpCode(200)
  @Header('content-type', XML)
  post(@Param('name') name: string, @Req() request: FastifyRequest): string {
    return this.document(name, request);
  }

  @Get(':name')
  @Header('content-type', XML)
  get(@Param('name') name: string, @Req() request: FastifyRequest): string {
    return this.document(name, request);
  }

  private document(name: string, request: FastifyRequest): string {
    const document = this.templates.render(name, parametersOf(request));
    if (document === null) return EMPTY_DOCUMENT;
    this.metrics.documents.inc({ result: 'template' });
    return document.xml;
  }
}
