import { Controller, Get, HttpCode, Logger, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { streamKey } from '../cancellations/cancellations.queue.js';
import { EvidenceRecorder } from '../evidence/evidence.recorder.js';
import { Metrics } from '../monitoring/metrics.js';
import { Projects } from '../projects/projects.js';
import { SharedClock } from '../redis/shared-clock.js';
import { isCallSid } from '../validation/call-sid.js';
import { isStreamName } from '../validation/stream-name.js';
import { RareLine } from './rare-line.js';
import { parametersOf, senderOf } from './sender.js';
import { STREAM_STATUS_PATH } from './stop-links.js';

const STOPPED = 'stream-stopped';

/** The events of https://signalwire.com/docs/compatibility-api/cxml/voice/stream, as the metrics name them. */
const EVENT_LABELS: ReadonlyMap<string | null, string> = new Map([
  ['stream-started', 'started'],
  [STOPPED, 'stopped'],
  ['stream-error', 'error'],
]);

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
    if (event !== STOPPED) return;

    const project = senderOf(request, this.projects)?.name;
    const callSid = parameters.get('CallSid');
    const streamName = parameters.get('StreamName');
    if (project === undefined || !isCallSid(callSid) || !isStreamName(streamName)) {
      this.unusable.write({ project });
      return;
    }
    this.logger.log('stream stopped', { project, callSid });
    void this.evidence.streamStopped(streamKey({ project, callSid, streamName }), this.clock.now());
  }
}
