import {
  BadRequestException,
  Controller,
  Get,
  Header,
  HttpCode,
  Logger,
  NotFoundException,
  Param,
  Post,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../config/service.environment.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { Metrics } from '../monitoring/metrics.js';
import { Projects } from '../projects/projects.js';
import { SharedClock } from '../redis/shared-clock.js';
import { DocumentTemplates } from '../templates/document-templates.js';
import { isStreamName } from '../validation/stream-name.js';
import type { LinkClaims } from './link-token.js';
import { parametersOf, senderOf } from './sender.js';
import { SignatureGuard } from './signature.guard.js';
import { EMPTY_DOCUMENT, XML, stopDocument } from './stop-document.js';
import { STOP_STREAM_PATH, StopLinks } from './stop-links.js';

/** What SignalWire fetches. It is answered from the link alone, so that it works while Redis does not. */
@Controller(STOP_STREAM_PATH)
@UseGuards(SignatureGuard)
export class DocumentsController {
  private readonly logger = new Logger(DocumentsController.name);

  constructor(
    private readonly links: StopLinks,
    private readonly templates: DocumentTemplates,
    private readonly evidence: EvidenceRecorder,
    private readonly environment: ServiceEnvironment,
    private readonly metrics: Metrics,
    private readonly projects: Projects,
    private readonly clock: SharedClock,
  ) {}

  @Post(':token')
  @HttpCode(200)
  @Header('content-type', XML)
  post(@Param('token') token: string, @Req() request: FastifyRequest): string {
    return this.signedDocument(token, request);
  }

  /** Fastify sends HEAD here too; it gets no document, so it proves nothing. */
  @Get(':token')
  @Header('content-type', XML)
  get(@Param('token') token: string, @Req() request: FastifyRequest): string {
    return this.signedDocument(token, request);
  }

  /** The guide's server endpoint and its XML Bin: a document for any stream, and no evidence. */
  @Post()
  @HttpCode(200)
  @Header('content-type', XML)
  postByName(@Query('STREAMNAME') streamName: unknown, @Req() request: FastifyRequest): string {
    return this.documentByName(streamName, request);
  }

  @Get()
  @Header('content-type', XML)
  getByName(@Query('STREAMNAME') streamName: unknown, @Req() request: FastifyRequest): string {
    return this.documentByName(streamName, request);
  }

  private signedDocument(token: string, request: FastifyRequest): string {
    const claims = this.links.read(token);
    if (claims === null) {
      this.metrics.documents.inc({ result: 'not_found' });
      throw new NotFoundException();
    }
    const document = this.documentOf(claims, request);
    if (document !== null && request.method !== 'HEAD') this.recordFetch(claims);
    return document ?? EMPTY_DOCUMENT;
  }

  /** Null where it does not stop the stream, so that its fetch proves nothing. */
  private documentOf(claims: LinkClaims, request: FastifyRequest): string | null {
    const { stops, then } = claims;
    if ('template' in then) return this.templates.ofLink(then.template, claims, parametersOf(request));
    return stopDocument(
      stops.map(({ streamName }) => streamName),
      then,
    );
  }

  private recordFetch({ callSid, stops, expiresAt }: LinkClaims): void {
    const ids = stops.map(({ cancellationId }) => cancellationId);
    this.metrics.documents.inc({ result: 'fetched' });
    for (const cancellationId of ids) this.logger.log('document fetched', { cancellationId, callSid });
    void this.evidence.documentFetched(ids, this.clock.now(), expiresAt);
  }

  private documentByName(streamName: unknown, request: FastifyRequest): string {
    if (!isStreamName(streamName)) {
      this.metrics.documents.inc({ result: 'bad_request' });
      this.logger.warn('a document was asked for without a usable STREAMNAME');
      throw new BadRequestException();
    }
    this.metrics.documents.inc({ result: 'by_name' });
    const { defaultThen = this.environment.DEFAULT_THEN } = senderOf(request, this.projects) ?? {};
    return stopDocument([streamName], defaultThen);
  }
}
