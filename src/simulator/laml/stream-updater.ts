import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import type { Stream } from '../calls/stream.js';
import type { Fault } from '../faults/fault.js';
import {
  invalidCallbackUrl,
  invalidMethod,
  invalidStatus,
  invalidStreamUrl,
  notFound,
  notInProgress,
} from './laml-error.js';
import { isHttpUrl, warnOfUnknown } from './update-params.js';
import type { Params } from './update-params.js';

const CUSTOM_PARAMETER = /^Parameter\d{1,2}\.(?:Name|Value)$/;
const START_PARAMETERS = new Set([
  'Url',
  'Name',
  'Track',
  'StatusCallback',
  'StatusCallbackMethod',
  'AuthorizationBearerToken',
]);

const TRACKS = new Set(['inbound_track', 'outbound_track', 'both_tracks']);

/** Starts and stops the streams of a call, on behalf of an authorized client. The call's document keeps running. */
@Injectable()
export class StreamUpdater implements OnModuleDestroy {
  private readonly closed = new AbortController();

  constructor(private readonly calls: CallsService) {}

  onModuleDestroy(): void {
    this.closed.abort();
  }

  /**
   * Our assumptions: the call must be in progress, and a name in use is refused with 10000.
   *
   * @throws {LamlError} nothing was started
   */
  start(call: Call, params: Params): Stream {
    const { Url = '', Name, Track = 'both_tracks', StatusCallback, StatusCallbackMethod = 'POST' } = params;
    if (!/^wss:\/\//i.test(Url) || !URL.canParse(Url)) throw invalidStreamUrl();
    if (StatusCallback !== undefined && !isHttpUrl(StatusCallback)) throw invalidCallbackUrl();
    if (StatusCallbackMethod !== 'GET' && StatusCallbackMethod !== 'POST')
      throw invalidMethod('StatusCallbackMethod');
    if (!TRACKS.has(Track)) throw invalidStatus(`Track must be one of ${[...TRACKS].join(', ')}`);
    if (call.status !== 'in-progress') throw notInProgress();
    warnOfUnknown(call, params, (name) => START_PARAMETERS.has(name) || CUSTOM_PARAMETER.test(name));
    const stream = this.calls.startStream(call, {
      name: Name === '' ? undefined : Name,
      statusCallback: StatusCallback,
      statusCallbackMethod: StatusCallbackMethod,
    });
    if (stream === null)
      throw invalidStatus('The stream was not started: its name is in use, or the call has too many streams');
    return stream;
  }

  /**
   * Finds the stream by SID only; the docs do not say whether a name works too. Our assumptions: a stream that has
   * already stopped is returned as stopped, and a finished call gives 404.
   *
   * @throws {LamlError} nothing was stopped
   */
  stop(call: Call, sid: string, params: Params, { stop, stopped }: Pick<Fault, 'stop' | 'stopped'>): Stream {
    const stream = call.streams.find((one) => one.sid === sid);
    if (stream === undefined || call.finished) throw notFound();
    if (stopped === 'unknown' && stream.stoppedAt !== null) throw notFound();
    if (params['Status'] !== 'stopped') throw invalidStatus('Status must be stopped');
    warnOfUnknown(call, params, (name) => name === 'Status');
    if (stop === undefined) this.end(call, stream);
    else if (stop !== 'none') void this.endLater(call, stream, stop.delayMs);
    return stream;
  }

  private async endLater(call: Call, stream: Stream, ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.closed.signal }).catch(() => undefined);
    if (!this.closed.signal.aborted) this.end(call, stream);
  }

  private end(call: Call, stream: Stream): void {
    if (stream.stoppedAt === null) this.calls.stopStream(call, stream);
  }
}
