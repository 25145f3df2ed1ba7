import { Logger } from '@nestjs/common';
import type { RedisClient } from '../platform/redis/connection/client.js';
import { DeliveryState } from './delivery-state.js';

/**
 * How often a process tells Redis of a project's fetches. A fetch that is not told changes nothing: another one was
 * told moments before, and whatever is unfetched since then counts only once it has been awaited for seconds.
 */
const TOLD_EVERY_MS = 250;

/**
 * Tells all workers that SignalWire fetches a project's documents. It costs nothing per fetch, only a few commands per
 * second.
 */
export class Deliveries {
  private readonly logger = new Logger(Deliveries.name);
  private readonly state: DeliveryState;
  /** By project: when it was last told, by `performance.now()`; infinite while it is being told. */
  private readonly toldAt = new Map<string, number>();

  constructor(redis: RedisClient, prefix: string) {
    this.state = new DeliveryState(redis, prefix);
  }

  /** A signed link of the project was fetched. Never rejects. */
  async fetched(project: string): Promise<void> {
    if (performance.now() - (this.toldAt.get(project) ?? -Infinity) < TOLD_EVERY_MS) return;
    this.toldAt.set(project, Infinity);
    try {
      const ended = await this.state.delivered(project);
      this.toldAt.set(project, performance.now());
      if (ended !== null)
        this.logger.log('project works again: SignalWire fetched a document', { project, was: ended });
    } catch (error) {
      this.toldAt.delete(project);
      this.logger.warn('a fetch was not told to the workers', { project, error: String(error) });
    }
  }
}
