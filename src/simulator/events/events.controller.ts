import { Readable } from 'node:stream';
import { Controller, Get, Headers, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LIMITS } from '../limits.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { ChangeFeed } from './change-feed.js';
import { eventStream } from './event-stream.js';

/** Heartbeats within the time after which a connection without traffic is closed. */
const HEARTBEATS_PER_TIMEOUT = 3;

/** Publishes changes as Server-Sent Events: `reset`, `call` (the whole call) and `line` (of the change log). */
@Controller('simulator/events')
export class EventsController {
  private readers = 0;

  constructor(
    private readonly feed: ChangeFeed,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {}

  @Get()
  read(@Headers('last-event-id') lastEventId: string | undefined, @Res() reply: FastifyReply): void {
    if (this.readers >= LIMITS.feedReaders) {
      throw new ServiceUnavailableException(`${LIMITS.feedReaders} readers are already connected`);
    }
    const { stalledReaderMs } = this.config;
    const heartbeatMs = stalledReaderMs / HEARTBEATS_PER_TIMEOUT;
    const stream = eventStream(this.feed, { lastEventId, heartbeatMs, gone: this.track(reply) });
    reply.raw.setTimeout(stalledReaderMs, () => reply.raw.destroy());
    void reply
      .headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      .send(Readable.from(stream, { highWaterMark: 1 }));
  }

  /** @returns a signal that aborts when the reader disconnects */
  private track(reply: FastifyReply): AbortSignal {
    const gone = new AbortController();
    this.readers += 1;
    reply.raw.once('close', () => {
      this.readers -= 1;
      gone.abort();
    });
    return gone.signal;
  }
}
