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
import { ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { XML } from '../cxml/stop-document.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { Projects } from '../projects/projects.js';
import type { Template } from '../templates/template.js';
import { TemplateRenderError } from '../templates/templates.errors.js';
import { Templates } from '../templates/templates.js';
import { askedBy, senderOf, valuesOf } from './access/signalwire-request.js';
import { OF_TEMPLATE } from './description/documents.js';
import { ServesDocument } from './description/public-operation.js';
import { DocumentsMetrics } from './documents.metrics.js';

const NAME = { name: 'name', description: 'of a file in `TEMPLATES_DIR`', example: 'resume-ivr' } as const;

/** Serves the templates by themselves, like XML Bins: no evidence. */
@Controller('/laml/templates')
export class TemplatesController {
  private readonly logger = new Logger(TemplatesController.name);
  private readonly unknown = new RareLine(this.logger, 'warn', 'unknown template requested');
  private readonly openFailed = new RareLine(
    this.logger,
    'warn',
    'template not usable, for an unverified client',
  );
  private readonly openServed = new RareLine(this.logger, 'log', 'template served, to an unverified client');

  constructor(
    private readonly templates: Templates,
    private readonly metrics: DocumentsMetrics,
    private readonly projects: Projects,
  ) {}

  @Post(':name')
  @ApiParam(NAME)
  @ServesDocument({ operationId: 'postTemplate', ...OF_TEMPLATE }, 403, 404, 429)
  @HttpCode(200)
  @Header('content-type', XML)
  post(@Param('name') name: string, @Req() request: FastifyRequest): string {
    return this.document(name, request);
  }

  @Get(':name')
  @ApiParam(NAME)
  @ServesDocument({ operationId: 'getTemplate', ...OF_TEMPLATE }, 403, 404, 429)
  @Header('content-type', XML)
  get(@Param('name') name: string, @Req() request: FastifyRequest): string {
    return this.document(name, request);
  }

  private document(name: string, request: FastifyRequest): string {
    const template = this.templates.get(name);
    if (template === undefined) {
      this.metrics.documents.inc({ result: 'not_found' });
      this.unknown.write(askedBy(request));
      throw new NotFoundException();
    }
    const project = senderOf(request, this.projects)?.name;
    const about = { template: name, project, ...askedBy(request) };
    const xml = this.render(template, request, about);
    if (request.trust === 'verified') this.logger.log('template served', about);
    else this.openServed.write(about);
    this.metrics.documents.inc({ result: request.method === 'HEAD' ? 'head' : 'template' });
    return xml;
  }

  /** @throws {NotFoundException} so that SignalWire goes to the fallback; an empty document would end the call */
  private render(template: Template, request: FastifyRequest, about: object): string {
    try {
      return template.render(valuesOf(request)).xml;
    } catch (error) {
      if (!(error instanceof TemplateRenderError)) throw error;
      const isVerified = request.trust === 'verified';
      this.metrics.documents.inc({ result: isVerified ? 'template_failed' : 'template_failed_open' });
      if (isVerified) this.logger.error('template not usable', { ...about, reason: error.message });
      else this.openFailed.write({ ...about, reason: error.message });
      throw new NotFoundException();
    }
  }
}
