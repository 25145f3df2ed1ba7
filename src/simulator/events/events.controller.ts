import { Readable } from 'node:stream';
import { Controller, Get, Headers, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LIMITS } from '../limits.js';
import { SIMULATOR_CONFIG } from '../simulator.config.js';
import type { SimulatorConfig } from '../simulator.config.js';
import { ChangeFeed } from './change-feed.js';
import { eventStream } from './event-stream.js';

/** Several in the time after which a connection that moves no byte is closed. */
const HEARTBEATS_IN_TIME = 3;

/** Tells what happens, as Server-Sent Events: `reset`, `call` (the whole call) and `line` (of the change log). */
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
      throw new ServiceUnavailableException(`${LIMITS.feedReaders} readers are connected`);
    }
    const { stalledReaderMs } = this.config;
    const heartbeatMs = stalledReaderMs / HEARTBEATS_IN_TIME;
    const stream = eventStream(this.feed, { lastEventId, heartbeatMs, gone: this.count(reply) });
    reply.raw.setTimeout(stalledReaderMs, () => reply.raw.destroy());
    void reply
      .headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      .send(Readable.from(stream, { highWaterMark: 1 }));
  }

  /** @returns aborted once the reader has gone */
  private count(reply: FastifyReply): AbortSignal {
    const gone = new AbortController();
    this.readers += 1;
    reply.raw.once('close', () => {
      this.readers -= 1;
      gone.abort();
    });
    return gone.signal;
  }
}
