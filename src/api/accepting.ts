import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Projects } from '../projects/projects.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { Templates } from '../templates/templates.js';
import type { CancellationData } from '../cancellation/data.js';
import type { CreateCancellationDto } from './create-cancellation.dto.js';
import { documentSourceOf, requestedSource } from '../cancellation/document-source.js';
import { dataFor } from './request-data.js';
import type { AcceptedRequest, RequestData } from './request-data.js';
import { RequestedStreams } from './requested-streams.js';

/** Fills in what requests leave to the configuration, and refuses what it does not allow. */
@Injectable()
export class Accepting {
  constructor(
    private readonly streams: RequestedStreams,
    private readonly projects: Projects,
    private readonly templates: Templates,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {}

  /** @throws {InvalidBodyError} the project or the source of the document is not configured */
  accept(request: CreateCancellationDto): AcceptedRequest {
    const project = this.projects.requested(request.project);
    const asked = requestedSource(request, this.templates, this.environment);
    const isThenRequested = request.then !== undefined;
    const createdAt = this.clock.now();
    // What is undefined is not written: each takes memory as long as the cancellation is kept.
    const data: RequestData = {
      project: project.name,
      callSid: request.callSid,
      strategy: request.strategy ?? 'auto',
      then: request.then ?? project.defaultThen,
      isThenRequested: isThenRequested || undefined,
      template: asked.template,
      documentUrl: asked.documentUrl,
      createdAt,
      deadline: createdAt + (request.deadlineMs ?? this.environment.DEADLINE_MS),
    };
    return { request, project, data, source: documentSourceOf(project, data) };
  }

  /**
   * What the cancellation of a request for one stream is to be, or how to find that out: Redis is asked only where the
   * stream's SID is needed and not given.
   *
   * @throws {InvalidBodyError} the stream cannot be stopped as the request wants it
   */
  dataOf(accepted: AcceptedRequest): CancellationData | (() => Promise<CancellationData>) {
    const { streamName = null, streamSid = null } = accepted.request;
    if (accepted.data.strategy !== 'stream_resource' || streamSid !== null || streamName === null)
      return dataFor(accepted, { streamName, streamSid });
    return async () => dataFor(accepted, await this.streams.one(accepted, streamName));
  }
}
