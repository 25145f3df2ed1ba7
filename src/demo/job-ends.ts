import { once } from 'node:events';
import { QueueEvents } from 'bullmq';
import { ProgramError } from './program.js';

const END_LIMIT_MS = 15_000;

/** Tells of the jobs of a queue that come to their end, one at a time. */
export class JobEnds {
  private readonly events: QueueEvents;

  constructor(redisUrl: string, queue: string, prefix: string) {
    this.events = new QueueEvents(queue, {
      connection: { url: redisUrl, maxRetriesPerRequest: null },
      prefix,
      // Read from the first event on: those between two reads would be missed otherwise.
      lastEventId: '0',
    });
    // While nobody waits, BullMQ would print what goes wrong.
    this.events.on('error', () => undefined);
  }

  /**
   * To be called before the job is added.
   *
   * @throws {ProgramError} none ended in time
   */
  async next(signal: AbortSignal): Promise<void> {
    const settled = new AbortController();
    const limit = AbortSignal.timeout(END_LIMIT_MS);
    const options = { signal: AbortSignal.any([signal, limit, settled.signal]) };
    try {
      await Promise.race([once(this.events, 'completed', options), once(this.events, 'failed', options)]);
    } catch (cause) {
      if (!limit.aborted) throw cause;
      throw new ProgramError(`the cancellation did not come to its end within ${END_LIMIT_MS / 1000} s`, {
        cause,
      });
    } finally {
      settled.abort();
    }
  }

  close(): Promise<void> {
    return this.events.close();
  }
}
