import {
  BadRequestException,
  Controller,
  Get,
  Header,
  HttpCode,
  Logger,
  NotFoundException,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiParam, ApiQuery } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isStreamName } from '../cancellation/identifiers.js';
import { stopDocument, XML } from '../cxml/stop-document.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import type { LinkClaims } from '../links/link-token.js';
import { STOP_STREAM_PATH } from '../links/stop-links.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { traced } from '../platform/trace/trace.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { Projects } from '../projects/projects.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { askedBy, senderOf, valuesOf } from './access/signalwire-request.js';
import type { AfterStop } from './after-stop.js';
import { DocumentsMetrics } from './documents.metrics.js';
import { isHandedOver, isStillThere } from './handing-over.js';
import { LinkDocuments } from './link-documents.js';
import type { LinkDocument } from './link-documents.js';
import { ServesDocument } from './description/public-operation.js';
import { BY_NAME, OF_LINK, STREAMNAME, TOKEN } from './description/documents.js';
import { ServedFallbacks } from './served-fallbacks.js';

/** Serves stop documents. It needs no Redis: everything is in the link. */
@Controller(STOP_STREAM_PATH)
export class DocumentsController {
  private readonly logger = new Logger(DocumentsController.name);
  private readonly badLink = new RareLine(this.logger, 'warn', 'document requested with a bad link');
  private readonly noName = new RareLine(
    this.logger,
    'warn',
    'document requested without a usable STREAMNAME',
  );
  private readonly openByName = new RareLine(
    this.logger,
    'log',
    'document served by name, to an unverified client',
  );

  constructor(
    private readonly documents: LinkDocuments,
    private readonly fallbacks: ServedFallbacks,
    private readonly evidence: EvidenceRecorder,
    private readonly environment: ServiceEnvironment,
    private readonly metrics: DocumentsMetrics,
    private readonly projects: Projects,
    private readonly clock: SharedClock,
  ) {}

  @Post(':token')
  @ApiParam(TOKEN)
  @ServesDocument({ operationId: 'postDocument', ...OF_LINK }, 403, 404, 429)
  @HttpCode(200)
  @Header('content-type', XML)
  post(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    return this.documentOfLink(request, reply);
  }

  /** Fastify routes HEAD here too. It gets no document, so it proves nothing. */
  @Get(':token')
  @ApiParam(TOKEN)
  @ServesDocument({ operationId: 'getDocument', ...OF_LINK }, 403, 404, 429)
  @Header('content-type', XML)
  get(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    return this.documentOfLink(request, reply);
  }

  /** Like the guide's server endpoint and its XML Bin: a document for any stream, and no evidence. */
  @Post()
  @ApiQuery(STREAMNAME)
  @ServesDocument({ operationId: 'postDocumentByName', ...BY_NAME }, 400, 403, 429)
  @HttpCode(200)
  @Header('content-type', XML)
  postByName(@Query('STREAMNAME') streamName: unknown, @Req() request: FastifyRequest): string {
    return this.documentByName(streamName, request);
  }

  @Get()
  @ApiQuery(STREAMNAME)
  @ServesDocument({ operationId: 'getDocumentByName', ...BY_NAME }, 400, 403, 429)
  @Header('content-type', XML)
  getByName(@Query('STREAMNAME') streamName: unknown, @Req() request: FastifyRequest): string {
    return this.documentByName(streamName, request);
  }

  private async documentOfLink(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const { link } = request;
    if (link === null) {
      this.metrics.documents.inc({ result: 'not_found' });
      this.badLink.write(askedBy(request));
      throw new NotFoundException();
    }
    return traced(link.stops, () => this.serve(link, request, reply));
  }

  private async serve(link: LinkClaims, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const document = this.documents.of(link, () => valuesOf(request));
    if (document === null) throw new NotFoundException();
    if (request.method === 'HEAD') {
      this.headed(link, document.next, request);
      return document.xml;
    }
    if (await isStillThere(reply)) void this.afterHandingOver(link, document, request, reply);
    else this.abandoned(link, document.next, request);
    return document.xml;
  }

  private headed(link: LinkClaims, next: AfterStop, request: FastifyRequest): void {
    this.logger.log('document requested with HEAD', this.about(link, next, request));
    this.metrics.documents.inc({ result: 'head' });
  }

  /**
   * SignalWire has a document only once it has all of it; before that, it may have given up and gone to the fallback.
   */
  private async afterHandingOver(
    link: LinkClaims,
    document: LinkDocument,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    if (await isHandedOver(reply)) this.fetched(link, document, request);
    else this.abandoned(link, document.next, request);
  }

  private abandoned(link: LinkClaims, next: AfterStop, request: FastifyRequest): void {
    this.logger.warn('document not fetched: the client was gone', this.about(link, next, request));
    this.metrics.documents.inc({ result: 'abandoned' });
  }

  private fetched(link: LinkClaims, { next, endsCall }: LinkDocument, request: FastifyRequest): void {
    const now = this.clock.now();
    const about = this.about(link, next, request);
    this.logger.log('document fetched', about);
    this.metrics.documents.inc({ result: 'fetched' });
    this.metrics.documentFetchDelay.observe(about.delayMs / 1000);
    if (link.isFallback === true) this.fallbacks.add(link);
    if (next === 'nothing') this.logger.error('fallback fetched again: the call ends after the stop', about);
    void this.evidence.documentFetched(about.cancellationIds, now, link.awaitedUntil, link.project);
    if (link.isFallback === true && endsCall)
      void this.evidence.fallbackEndsCall(about.cancellationIds, now, link.expiresAt);
  }

  private about(link: LinkClaims, next: AfterStop, request: FastifyRequest) {
    const { callSid, project, stops, sentAt, isFallback = false } = link;
    return {
      cancellationIds: stops.map(({ cancellationId }) => cancellationId),
      callSid,
      project,
      // Clocks of two machines can differ by more than the fetch took.
      delayMs: Math.max(0, this.clock.now() - sentAt),
      isFallback,
      next,
      ...askedBy(request),
    };
  }

  private documentByName(streamName: unknown, request: FastifyRequest): string {
    if (!isStreamName(streamName)) {
      this.metrics.documents.inc({ result: 'bad_request' });
      this.noName.write(askedBy(request));
      throw new BadRequestException();
    }
    const project = senderOf(request, this.projects);
    const about = { streamName, project: project?.name, ...askedBy(request) };
    if (request.trust === 'verified') this.logger.log('document served by name', about);
    else this.openByName.write(about);
    this.metrics.documents.inc({ result: request.method === 'HEAD' ? 'head' : 'by_name' });
    return stopDocument([streamName], project?.defaultThen ?? this.environment.DEFAULT_THEN);
  }
}
