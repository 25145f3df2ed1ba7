import { EventEmitter, once } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Cancellations } from '../../queue/cancellations.js';
import { ChangeFeed } from '../../queue/changes/change-feed.js';
import type { Change } from '../../queue/changes/change-feed.js';

/** How many requests of one process wait at most; more are answered at once. */
const MOST_WAITING = 2000;

/** Holds answers until cancellations have finished. */
@Injectable()
export class Waiting implements OnModuleDestroy {
  /** By the id of the cancellation that has changed. */
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly closing = new AbortController();
  private waiting = 0;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly cancellations: Cancellations,
  ) {}

  /** While the process stops, nobody waits any longer. */
  onModuleDestroy(): void {
    this.closing.abort();
  }

  /**
   * Waits until all have finished, the time is over, the client is gone, or the process stops.
   *
   * @param seconds null to wait for nothing
   * @returns whether the preference was honoured
   */
  async untilFinished(ids: readonly string[], seconds: number | null, reply: FastifyReply): Promise<boolean> {
    if (seconds === null || this.waiting >= MOST_WAITING || this.closing.signal.aborted) return false;
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    reply.raw.once('close', onClose);
    const over = AbortSignal.any([AbortSignal.timeout(seconds * 1000), gone.signal, this.closing.signal]);
    this.waiting += 1;
    try {
      await this.feed.subscribe(this.onChange);
      await Promise.all([...new Set(ids)].map((id) => this.finished(id, over)));
    } catch {
      // Redis is out of reach. What was accepted stays so, and the client can ask again.
      return false;
    } finally {
      this.waiting -= 1;
      reply.raw.off('close', onClose);
    }
    reply.header('preference-applied', `wait=${seconds}`);
    return true;
  }

  /** Resolves when the cancellation has finished, or is gone, or `over` aborts. */
  private async finished(id: string, over: AbortSignal): Promise<void> {
    const settled = new AbortController();
    const signal = AbortSignal.any([over, settled.signal]);
    try {
      while (!over.aborted) {
        // Before the read, so that no change is missed between the two.
        const changed = once(this.changes, id, { signal }).catch(() => undefined);
        if (await this.hasFinished(id)) return;
        await changed;
      }
    } finally {
      settled.abort();
    }
  }

  private async hasFinished(id: string): Promise<boolean> {
    const stored = await this.cancellations.find(id);
    return stored === null || stored.finishedAt !== null || stored.record.withdrawnAt !== null;
  }

  private readonly onChange = ({ id }: Change): void => {
    this.changes.emit(id);
  };
}
