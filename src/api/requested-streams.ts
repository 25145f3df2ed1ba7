import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { knownStreams } from '../evidence/known-streams.js';
import { InvalidBodyError } from '../platform/http/invalid-body.error.js';
import { ApiConnection } from '../queue/api.connection.js';
import { NoKnownStreamsError, TooManyStreamsError } from './errors.js';
import { callKey } from '../cancellation/keys.js';
import { documentSourceOf } from '../cancellation/document-source.js';
import { ALL, MAX_STREAM_NAMES } from './is-stream-names.js';
import { dataForAll } from './request-data.js';
import type { AcceptedRequest, RequestData, RequestedStream } from './request-data.js';

/** Finds the streams that a request means. */
@Injectable()
export class RequestedStreams {
  constructor(
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
  ) {}

  /** One stream, with its SID where that is known. */
  async one({ data }: AcceptedRequest, streamName: string): Promise<RequestedStream> {
    return { streamName, streamSid: (await this.known(data)).get(streamName) ?? null };
  }

  /**
   * Several streams, with the SIDs that are known; of all streams, those that are known to run.
   *
   * @throws {NoKnownStreamsError}
   * @throws {TooManyStreamsError} more are known to run than one request stops
   * @throws {InvalidBodyError} they cannot be stopped as the request wants it
   */
  async several(accepted: AcceptedRequest): Promise<readonly RequestedStream[]> {
    const { request, data, project } = accepted;
    const { streamNames = [] } = request;
    const known = await this.known(data);
    const names = streamNames === ALL ? [...known.keys()] : streamNames;
    if (names.length === 0) throw new NoKnownStreamsError();
    if (names.length > MAX_STREAM_NAMES) throw new TooManyStreamsError(names.length, MAX_STREAM_NAMES);
    const streams = names.map((streamName) => ({ streamName, streamSid: known.get(streamName) ?? null }));
    const byDocument = dataForAll(accepted, streams).filter(
      ({ mayUseStreamResource, streamSid }) => !mayUseStreamResource || !streamSid,
    );
    if (byDocument.length > 1 && documentSourceOf(project, data).kind === 'foreign')
      throw new InvalidBodyError([eachAlone(byDocument.length)]);
    return streams;
  }

  private known(data: RequestData): Promise<ReadonlyMap<string, string>> {
    const { QUEUE_PREFIX } = this.environment;
    return knownStreams(this.connection.redis, QUEUE_PREFIX, callKey(data), data.createdAt);
  }
}

/** A second update of the call before it has fetched the first document would undo the first. */
const eachAlone = (count: number) => ({
  field: 'streamNames',
  message:
    `streamNames has ${count} streams that only a document can stop, and the project's DOCUMENT_URL stops one: ` +
    'name each as streamName, in a request after the one before has ended, or say with then what the call does next',
});
