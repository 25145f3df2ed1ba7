import { Controller, Get, HttpCode, Logger, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { isCallSid, isStreamName, isStreamSid } from '../cancellation/identifiers.js';
import { callKey, streamKey } from '../cancellation/keys.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { eventTime, latestEventTime } from '../evidence/known-streams.js';
import { STREAM_STATUS_PATH } from '../links/stop-links.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { Projects } from '../projects/projects.js';
import { askedBy, bodyOf, parametersOf } from './access/signalwire-request.js';
import { TakesReports } from './description/public-operation.js';
import { DocumentsMetrics } from './documents.metrics.js';
import { ambiguityIn } from './status-fields.js';

const OF_STREAMS = {
  summary: 'Takes stream status callbacks',
  description: 'For `<Stream statusCallback>`. Only what SignalWire has signed counts.',
} as const;

const STARTED = 'stream-started';
const STOPPED = 'stream-stopped';
const FAILED = 'stream-error';

/** The events of https://signalwire.com/docs/compatibility-api/cxml/voice/stream, as the metrics name them. */
const EVENT_LABELS: ReadonlyMap<string | null, string> = new Map([
  [STARTED, 'started'],
  [STOPPED, 'stopped'],
  [FAILED, 'error'],
]);

interface CallOfProject {
  readonly project: string;
  readonly callSid: string;
}

/**
 * The `statusCallback` of a `<Stream>`. Every callback gets the same response, without waiting for Redis. Only a
 * callback with a right signature counts: anybody could send the others.
 */
@Controller(STREAM_STATUS_PATH)
export class StreamStatusController {
  private readonly logger = new Logger(StreamStatusController.name);
  private readonly unverified = new RareLine(
    this.logger,
    'warn',
    'stream status callback ignored: its signature cannot be verified',
  );
  private readonly replayed = new RareLine(
    this.logger,
    'warn',
    'stream status callback ignored: rightly signed, but perhaps not as SignalWire sent it',
  );
  private readonly incomplete = new RareLine(
    this.logger,
    'warn',
    'stream status callback ignored: no known AccountSid, or no CallSid',
  );
  private readonly nameless = new RareLine(
    this.logger,
    'warn',
    'stream status callback ignored: neither a StreamName nor a StreamSid',
  );

  constructor(
    private readonly projects: Projects,
    private readonly evidence: EvidenceRecorder,
    private readonly clock: SharedClock,
    private readonly metrics: DocumentsMetrics,
  ) {}

  @Post()
  @TakesReports({ operationId: 'postStreamStatus', ...OF_STREAMS })
  @HttpCode(204)
  post(@Req() request: FastifyRequest): void {
    this.receive(request);
  }

  /** Fastify routes HEAD here too; it reports nothing. */
  @Get()
  @TakesReports({ operationId: 'getStreamStatus', ...OF_STREAMS })
  @HttpCode(204)
  get(@Req() request: FastifyRequest): void {
    if (request.method === 'GET') this.receive(request);
  }

  private receive(request: FastifyRequest): void {
    if (request.trust !== 'verified') {
      this.metrics.streamEvents.inc({ event: 'unverified' });
      this.unverified.write(askedBy(request));
      return;
    }
    const form = bodyOf(request).fields;
    const ambiguity = ambiguityIn(form);
    if (ambiguity !== null) return this.ignore('ambiguous', request, ambiguity);
    // A query is signed as it was sent, so only a form can be split in other ways.
    const parameters = form.size > 0 ? form : parametersOf(request);
    const at = eventTime(parameters.get('Timestamp'), this.clock.now());
    if (at === null) return this.ignore('of_another_time', request, 'its Timestamp is a day old, or ahead');
    const event = parameters.get('StreamEvent');
    this.metrics.streamEvents.inc({ event: EVENT_LABELS.get(event) ?? 'other' });
    if (event !== STARTED && event !== STOPPED && event !== FAILED) return;

    const project = this.projects.byProjectId(parameters.get('AccountSid') ?? '')?.name;
    const callSid = parameters.get('CallSid');
    if (project === undefined || !isCallSid(callSid)) {
      this.incomplete.write({ event, project });
      return;
    }
    this.updateKnownStreams(event, { project, callSid }, parameters, at);
    if (event === STOPPED) this.recordStop({ project, callSid }, parameters, at);
  }

  /** A rightly signed callback that SignalWire may not have sent like this, or not now. */
  private ignore(label: string, request: FastifyRequest, reason: string): void {
    this.metrics.streamEvents.inc({ event: label });
    this.replayed.write({ ...askedBy(request), reason });
  }

  private updateKnownStreams(
    event: string,
    call: CallOfProject,
    parameters: URLSearchParams,
    at: number,
  ): void {
    const streamName = parameters.get('StreamName');
    const streamSid = parameters.get('StreamSid');
    if (!isStreamName(streamName) || !isStreamSid(streamSid)) return;
    const stream = { callKey: callKey(call), streamName, streamSid };
    if (event === STARTED) void this.evidence.streamStarted(stream, at);
    else void this.evidence.streamEnded(stream, at);
  }

  private recordStop(call: CallOfProject, parameters: URLSearchParams, at: number): void {
    const streamName = parameters.get('StreamName');
    const streamSid = parameters.get('StreamSid');
    const names = [
      ...(isStreamName(streamName) ? [streamName] : []),
      ...(isStreamSid(streamSid) ? [streamSid] : []),
    ];
    if (names.length === 0) {
      this.nameless.write({ ...call });
      return;
    }
    this.logger.log('stream stopped', { ...call });
    const keys = new Set(names.map((name) => streamKey({ ...call, streamName: name })));
    void this.evidence.streamStopped([...keys], latestEventTime(at, this.clock.now()));
  }
}
