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
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../config/service.environment.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Projects } from '../projects/projects.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { isStreamName } from '../cancellation/identifiers.js';
import { LinkDocuments } from './link-documents.js';
import type { LinkDocument } from './link-documents.js';
import type { LinkClaims } from '../links/link-token.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { askedBy, parametersOf, senderOf } from './access/sender.js';
import { ServedDocuments } from './served-documents.js';
import { EMPTY_DOCUMENT, XML, stopDocument } from '../cxml/stop-document.js';
import { STOP_STREAM_PATH } from '../links/stop-links.js';

/** What SignalWire fetches. It is answered from the link alone, so that it works while Redis does not. */
@Controller(STOP_STREAM_PATH)
export class DocumentsController {
  private readonly logger = new Logger(DocumentsController.name);
  private readonly badLink = new RareLine(this.logger, 'warn', 'a document was asked for with a bad link');
  private readonly noName = new RareLine(
    this.logger,
    'warn',
    'a document was asked for without a usable STREAMNAME',
  );
  private readonly openByName = new RareLine(
    this.logger,
    'log',
    'a document was given by name, to whoever asked',
  );

  constructor(
    private readonly documents: LinkDocuments,
    private readonly served: ServedDocuments,
    private readonly evidence: EvidenceRecorder,
    private readonly environment: ServiceEnvironment,
    private readonly metrics: Metrics,
    private readonly projects: Projects,
    private readonly clock: SharedClock,
  ) {}

  @Post(':token')
  @HttpCode(200)
  @Header('content-type', XML)
  post(@Req() request: FastifyRequest): string {
    return this.signedDocument(request);
  }

  /** Fastify sends HEAD here too; it gets no document, so it proves nothing. */
  @Get(':token')
  @Header('content-type', XML)
  get(@Req() request: FastifyRequest): string {
    return this.signedDocument(request);
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

  private signedDocument(request: FastifyRequest): string {
    const { link } = request;
    if (link === null) {
      this.metrics.documents.inc({ result: 'not_found' });
      this.badLink.write(askedBy(request));
      throw new NotFoundException();
    }
    const document = this.documents.of(link, () => parametersOf(request));
    // It does not stop the stream, so that its fetch proves nothing.
    if (document === null) return EMPTY_DOCUMENT;
    this.tellOf(link, document, request);
    return document.xml;
  }

  private tellOf(link: LinkClaims, { next }: LinkDocument, request: FastifyRequest): void {
    const { callSid, project, stops, sentAt, expiresAt } = link;
    const isFetch = request.method !== 'HEAD';
    const at = this.clock.now();
    // The clocks of two machines can differ by more than the fetch took.
    const delayMs = Math.max(0, at - sentAt);
    const cancellationIds = stops.map(({ cancellationId }) => cancellationId);
    const isFallback = link.isFallback === true;
    const fields = { cancellationIds, callSid, project, delayMs, isFallback, next, ...askedBy(request) };
    this.logger.log(isFetch ? 'document fetched' : 'document looked at', fields);
    this.metrics.documents.inc({ result: isFetch ? 'fetched' : 'head' });
    if (!isFetch) return;
    this.served.add(link, next);
    if (next === 'nothing') this.logger.error('the call has nothing left to do next', fields);
    this.metrics.documentFetchDelay.observe(delayMs / 1000);
    void this.evidence.documentFetched(cancellationIds, at, expiresAt);
  }

  private documentByName(streamName: unknown, request: FastifyRequest): string {
    if (!isStreamName(streamName)) {
      this.metrics.documents.inc({ result: 'bad_request' });
      this.noName.write(askedBy(request));
      throw new BadRequestException();
    }
    const project = senderOf(request, this.projects);
    const fields = { streamName, project: project?.name, ...askedBy(request) };
    if (request.standing === 'genuine') this.logger.log('a document was given by name', fields);
    else this.openByName.write(fields);
    this.metrics.documents.inc({ result: request.method === 'HEAD' ? 'head' : 'by_name' });
    return stopDocument([streamName], project?.defaultThen ?? this.environment.DEFAULT_THEN);
  }
}
