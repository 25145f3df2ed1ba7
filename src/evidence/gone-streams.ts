import { Injectable, Logger } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { forget } from './known-streams.js';

/** Forgets the SIDs of streams that SignalWire says are over, or does not know, so that nobody uses them. */
@Injectable()
export class GoneStreams {
  private readonly failures = new RareLine(
    new Logger(GoneStreams.name),
    'warn',
    'a stream was not forgotten',
  );

  constructor(
    private readonly connection: WorkerConnection,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {}

  /**
   * Never rejects and need not be awaited: a SID that stays known costs the next cancellation one POST.
   *
   * @param callKey `callKey` of `cancellation/keys.ts`
   */
  async add(callKey: string, streamSid: string): Promise<void> {
    const { QUEUE_PREFIX } = this.environment;
    const commands = this.connection.redis.multi();
    await forget(commands, QUEUE_PREFIX, { callKey, streamSid }, this.clock.now())
      .exec()
      .catch((error: unknown) => this.failures.write({ error: String(error) }));
  }
}
