import { Controller, Get, HttpCode, Logger, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callKey, streamKey } from '../cancellation/keys.js';
import { eventTime, latestEventTime } from '../evidence/known-streams.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Projects } from '../projects/projects.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { isCallSid } from '../cancellation/identifiers.js';
import { isStreamName } from '../cancellation/identifiers.js';
import { isStreamSid } from '../cancellation/identifiers.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { parametersOf, senderOf } from './access/sender.js';
import { STREAM_STATUS_PATH } from '../links/stop-links.js';

const STARTED = 'stream-started';
const STOPPED = 'stream-stopped';
const FAILED = 'stream-error';

/** The events of https://signalwire.com/docs/compatibility-api/cxml/voice/stream, as the metrics name them. */
const EVENT_LABELS: ReadonlyMap<string | null, string> = new Map([
  [STARTED, 'started'],
  [STOPPED, 'stopped'],
  [FAILED, 'error'],
]);

interface StatedCall {
  readonly project: string;
  readonly callSid: string;
}

/** For the `statusCallback` of a `<Stream>`. It is answered alike whatever it says, and without Redis. */
@Controller(STREAM_STATUS_PATH)
export class StreamStatusController {
  private readonly logger = new Logger(StreamStatusController.name);
  private readonly unusable = new RareLine(
    this.logger,
    'warn',
    'a stream-stopped without a known AccountSid, a CallSid and a StreamName was passed over',
  );

  constructor(
    private readonly projects: Projects,
    private readonly evidence: EvidenceRecorder,
    private readonly clock: SharedClock,
    private readonly metrics: Metrics,
  ) {}

  @Post()
  @HttpCode(204)
  post(@Req() request: FastifyRequest): void {
    this.take(request);
  }

  /** Fastify sends HEAD here too, which tells of nothing. */
  @Get()
  @HttpCode(204)
  get(@Req() request: FastifyRequest): void {
    if (request.method === 'GET') this.take(request);
  }

  private take(request: FastifyRequest): void {
    const parameters = parametersOf(request);
    const event = parameters.get('StreamEvent');
    this.metrics.streamEvents.inc({ event: EVENT_LABELS.get(event) ?? 'other' });
    if (event !== STARTED && event !== STOPPED && event !== FAILED) return;

    const project = senderOf(request, this.projects)?.name;
    const callSid = parameters.get('CallSid');
    if (project === undefined || !isCallSid(callSid)) {
      this.unusable.write({ event, project });
      return;
    }
    const isGenuine = request.standing === 'genuine';
    this.learn(event, { project, callSid }, parameters, isGenuine);
    if (event === STOPPED) this.prove({ project, callSid }, parameters, isGenuine);
  }

  private learn(event: string, call: StatedCall, parameters: URLSearchParams, isGenuine: boolean): void {
    const streamName = parameters.get('StreamName');
    const streamSid = parameters.get('StreamSid');
    if (!isStreamName(streamName) || !isStreamSid(streamSid)) return;
    const stream = { callKey: callKey(call), streamName, streamSid };
    const at = eventTime(parameters.get('Timestamp'), this.clock.now());
    void (event === STARTED
      ? this.evidence.streamStarted(stream, at, isGenuine)
      : this.evidence.streamEnded(stream, at, isGenuine));
  }

  private prove(call: StatedCall, parameters: URLSearchParams, isGenuine: boolean): void {
    const names = [parameters.get('StreamName'), parameters.get('StreamSid')];
    const keys = [
      ...(isStreamName(names[0]) ? [names[0]] : []),
      ...(isStreamSid(names[1]) ? [names[1]] : []),
    ].map((streamName) => streamKey({ ...call, streamName }));
    if (keys.length === 0) {
      this.logger.warn('a stream-stopped without a StreamName and a StreamSid was passed over');
      return;
    }
    this.logger.log('stream stopped', { ...call });
    const at = latestEventTime(parameters.get('Timestamp'), this.clock.now());
    void this.evidence.streamStopped([...new Set(keys)], at, isGenuine);
  }
}
