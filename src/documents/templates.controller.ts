import {
  Controller,
  Get,
  Header,
  HttpCode,
  Logger,
  NotFoundException,
  Param,
  Post,
  Req,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RareLine } from '../platform/logging/rare-line.js';
import { askedBy, parametersOf, senderOf } from './access/sender.js';
import { EMPTY_DOCUMENT, XML } from '../cxml/stop-document.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Projects } from '../projects/projects.js';
import { DocumentTemplates } from './document-templates.js';
import type { RenderedDocument } from '../templates/template.js';

/** The templates themselves, as XML Bins: no evidence. */
@Controller('/laml/templates')
export class TemplatesController {
  private readonly logger = new Logger(TemplatesController.name);
  private readonly unknown = new RareLine(this.logger, 'warn', 'a template was asked for that there is not');
  private readonly openUnfilled = new RareLine(
    this.logger,
    'warn',
    'a template was not filled in, for whoever asked',
  );
  private readonly open = new RareLine(this.logger, 'log', 'a template was given, to whoever asked');

  constructor(
    private readonly templates: DocumentTemplates,
    private readonly metrics: Metrics,
    private readonly projects: Projects,
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
    if (!this.templates.has(name)) {
      this.metrics.documents.inc({ result: 'not_found' });
      this.unknown.write(askedBy(request));
      throw new NotFoundException();
    }
    const project = senderOf(request, this.projects)?.name;
    const about = { template: name, project, ...askedBy(request) };
    const document = this.filled(name, request, about);
    if (document === null) return EMPTY_DOCUMENT;
    if (request.standing === 'genuine') this.logger.log('a template was given', about);
    else this.open.write(about);
    this.metrics.documents.inc({ result: request.method === 'HEAD' ? 'head' : 'template' });
    return document.xml;
  }

  private filled(name: string, request: FastifyRequest, about: object): RenderedDocument | null {
    const parameters = parametersOf(request);
    if (request.standing === 'genuine') return this.templates.render(name, parameters, about);
    return this.templates.render(name, parameters, about, (reason) => {
      this.metrics.documents.inc({ result: 'template_failed_open' });
      this.openUnfilled.write({ ...about, reason });
    });
  }
}
