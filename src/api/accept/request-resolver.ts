import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import type { CancellationData } from '../../cancellation/data.js';
import { documentSourceOf } from '../../cancellation/document-source.js';
import { callKey } from '../../cancellation/keys.js';
import { callbackFault } from '../../config/callback-url.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { documentHostFault } from '../../cxml/document-hosts.js';
import { knownStreams } from '../../evidence/known-streams.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { InvalidBodyError } from '../../platform/http/body/invalid-body.error.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import type { Project } from '../../projects/project.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { Projects } from '../../projects/projects.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { Templates } from '../../templates/templates.js';
import type { CreateCancellationDto } from '../requests/create-cancellation.dto.js';
import { ALL, MAX_STREAM_NAMES } from '../requests/is-stream-names.js';
import { dataFor, dataForAll, refuseOneBesideSeveral } from './request-data.js';
import type { RequestContext, RequestedStream, SharedData } from './request-data.js';

const NEEDS_SIGNING_KEY = {
  field: 'streamNames',
  message:
    'streamNames can be "all" only if the project has a signing key (SIGNALWIRE_SIGNING_KEY): which streams are running ' +
    'is learned from signed status callbacks alone; name the streams instead',
};

/** Turns a valid request into the cancellations that it asks for, as this service is configured now. */
@Injectable()
export class RequestResolver {
  constructor(
    private readonly projects: Projects,
    private readonly templates: Templates,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
    private readonly connection: ApiConnection,
  ) {}

  /**
   * @param caller whose projects are the only ones; null for all
   * @param foundNames the streams that were found for `"streamNames": "all"` when the request came before
   * @returns one per stream, in the order of the request
   * @throws {InvalidBodyError} the configuration does not allow the request
   * @throws {ApiError} `no_known_streams`
   * @throws {ApiError} `too_many_streams`
   */
  async resolve(
    request: CreateCancellationDto,
    caller: Caller | null,
    foundNames?: readonly string[],
  ): Promise<CancellationData[]> {
    const context = this.contextOf(request, caller);
    if (request.streamNames === undefined) return [dataFor(context, await this.requestedStream(context))];
    refuseOneBesideSeveral(request);
    const data = dataForAll(context, await this.requestedStreams(context, foundNames));
    return request.streamNames === ALL ? data.map((one) => ({ ...one, isOneOfAll: true })) : data;
  }

  private contextOf(request: CreateCancellationDto, caller: Caller | null): RequestContext {
    const { DOCUMENT_HOSTS, DEADLINE_MS } = this.environment;
    const { callSid, strategy = 'auto', then, documentUrl, streamName = null } = request;
    const project = this.projects.requested(request.project, caller?.projects);
    const fault = documentUrl === undefined ? null : documentHostFault(documentUrl, DOCUMENT_HOSTS);
    if (fault !== null) throw new InvalidBodyError([{ field: 'documentUrl', message: fault }]);
    const callbackUrl = this.callbackUrlOf(request, project);
    const createdAt = this.clock.now();
    const data: SharedData = {
      project: project.name,
      callSid,
      strategy,
      then: then ?? project.defaultThen,
      isThenRequested: then !== undefined || undefined,
      template: request.template && this.templates.requested(request.template, streamName),
      documentUrl,
      callbackUrl,
      createdAt,
      deadline: createdAt + (request.deadlineMs ?? DEADLINE_MS),
    };
    return { request, data, source: documentSourceOf(project, data) };
  }

  /** That of the project was checked when the projects file was read. */
  private callbackUrlOf(
    { callbackUrl }: CreateCancellationDto,
    { defaultCallbackUrl }: Project,
  ): string | undefined {
    if (callbackUrl === undefined) return defaultCallbackUrl;
    const fault = callbackFault(callbackUrl, 'callbackUrl', this.environment);
    if (fault !== null) throw new InvalidBodyError([{ field: 'callbackUrl', message: fault }]);
    return callbackUrl;
  }

  /** Redis is asked only if the SID is needed and the request does not give it. */
  private async requestedStream({ request, data }: RequestContext): Promise<RequestedStream> {
    const { streamName = null, streamSid = null } = request;
    if (data.strategy !== 'stream_resource' || streamSid !== null || streamName === null)
      return { streamName, streamSid };
    return { streamName, streamSid: (await this.knownStreams(data)).get(streamName) ?? null };
  }

  private async requestedStreams(
    { request: { streamNames = [] }, data }: RequestContext,
    foundNames: readonly string[] | undefined,
  ): Promise<RequestedStream[]> {
    const { signingKeys } = this.projects.requested(data.project);
    if (streamNames === ALL && signingKeys.length === 0) throw new InvalidBodyError([NEEDS_SIGNING_KEY]);
    const known = await this.knownStreams(data);
    const names = streamNames === ALL ? (foundNames ?? [...known.keys()]) : streamNames;
    if (names.length === 0)
      throw new ApiError(
        PROBLEMS.no_known_streams,
        'no stream of this call is known to be running; streams become known by their status callbacks: start them with ' +
          'statusCallback="PUBLIC_URL/laml/stream-status"',
      );
    if (names.length > MAX_STREAM_NAMES)
      throw new ApiError(
        PROBLEMS.too_many_streams,
        `${names.length} streams of this call are known to be running, and one request stops at most ${MAX_STREAM_NAMES}: name them in streamNames, ${MAX_STREAM_NAMES} at a time`,
      );
    return names.map((streamName) => ({ streamName, streamSid: known.get(streamName) ?? null }));
  }

  private knownStreams(data: SharedData): Promise<ReadonlyMap<string, string>> {
    const { QUEUE_PREFIX } = this.environment;
    return knownStreams(this.connection.redis, QUEUE_PREFIX, callKey(data), data.createdAt);
  }
}
