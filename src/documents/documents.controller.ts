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
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ServiceEnvironment } from '../config/service.environment.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { Metrics } from '../monitoring/metrics.js';
import { isStreamName } from '../validation/stream-name.js';
import { XML, stopDocument } from './stop-document.js';
import { STOP_STREAM_PATH, StopLinks } from './stop-links.js';

/** What SignalWire fetches. It is answered from the link alone, so that it works while Redis does not. */
@Controller(STOP_STREAM_PATH)
export class DocumentsController {
  private readonly logger = new Logger(DocumentsController.name);

  constructor(
    private readonly links: StopLinks,
    private readonly evidence: EvidenceRecorder,
    private readonly environment: ServiceEnvironment,
    private readonly metrics: Metrics,
  ) {}

  @Post(':token')
  @HttpCode(200)
  @Header('content-type', XML)
  post(@Param('token') token: string): string {
    return this.signedDocument(token, true);
  }

  /** Fastify sends HEAD here too; it gets no document, so it proves nothing. */
  @Get(':token')
  @Header('content-type', XML)
  get(@Param('token') token: string, @Req() request: FastifyRequest): string {
    return this.signedDocument(token, request.method === 'GET');
  }

  /** The guide's server endpoint and its XML Bin: a document for any stream, and no evidence. */
  @Post()
  @HttpCode(200)
  @Header('content-type', XML)
  postByName(@Query('STREAMNAME') streamName: unknown): string {
    return this.documentByName(streamName);
  }

  @Get()
  @Header('content-type', XML)
  getByName(@Query('STREAMNAME') streamName: unknown): string {
    return this.documentByName(streamName);
  }

  private signedDocument(token: string, isFetch: boolean): string {
    const claims = this.links.read(token);
    if (claims === null) {
      this.metrics.documents.inc({ result: 'not_found' });
      throw new NotFoundException();
    }
    const { cancellationId, streamName, then, expiresAt } = claims;
    if (isFetch) {
      this.metrics.documents.inc({ result: 'fetched' });
      this.logger.log('document fetched', { cancellationId });
      void this.evidence.record({ cancellationId, documentFetchedAt: Date.now() }, expiresAt);
    }
    return stopDocument(streamName, then);
  }

  private documentByName(streamName: unknown): string {
    if (!isStreamName(streamName)) {
      this.metrics.documents.inc({ result: 'bad_request' });
      this.logger.warn('a document was asked for without a usable STREAMNAME');
      throw new BadRequestException();
    }
    this.metrics.documents.inc({ result: 'by_name' });
    return stopDocument(streamName, this.environment.DEFAULT_THEN);
  }
}
