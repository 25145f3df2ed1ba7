import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Cancellations } from '../../queue/cancellations.js';
import { ChangeFeed } from '../../queue/changes/change-feed.js';
import type { Change, ChangeListener } from '../../queue/changes/change-feed.js';

/** How many requests of one process wait at most; more are answered at once. */
const MOST_WAITING = 2000;

interface Wait {
  /** The cancellations that it waits for. */
  readonly unfinished: Set<string>;
  /** @param isHonoured whether the client's preference was */
  readonly end: (isHonoured: boolean) => void;
}

/** Holds answers until cancellations have finished. */
@Injectable()
export class Waiting implements ChangeListener, OnModuleDestroy {
  private readonly waits = new Set<Wait>();
  private isClosing = false;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly cancellations: Cancellations,
  ) {}

  /** While the process stops, nobody waits any longer. */
  onModuleDestroy(): void {
    this.isClosing = true;
    for (const wait of this.waits) wait.end(false);
  }

  /**
   * Waits until all have finished, the time is over, the client is gone, or the process stops.
   *
   * @returns whether the preference was honoured
   */
  untilFinished(ids: readonly string[], seconds: number, response: ServerResponse): Promise<boolean> {
    if (this.waits.size >= MOST_WAITING || this.isClosing || response.destroyed)
      return Promise.resolve(false);
    return new Promise<boolean>((resolve) => {
      const onClose = (): void => wait.end(false);
      const timer = setTimeout(() => wait.end(true), seconds * 1000);
      const wait: Wait = {
        unfinished: new Set(ids),
        end: (isHonoured) => {
          clearTimeout(timer);
          response.off('close', onClose);
          this.waits.delete(wait);
          resolve(isHonoured);
        },
      };
      response.once('close', onClose);
      this.waits.add(wait);
      void this.begin(wait);
    });
  }

  onChange({ id }: Pick<Change, 'id'>): void {
    const waits = [...this.waits].filter(({ unfinished }) => unfinished.has(id));
    if (waits.length > 0) void this.check(id, waits);
  }

  onGap(): void {
    for (const id of new Set([...this.waits].flatMap(({ unfinished }) => [...unfinished])))
      this.onChange({ id });
  }

  /** Listens first, so that no change is missed between the two. */
  private async begin(wait: Wait): Promise<void> {
    try {
      await this.feed.subscribe(this);
    } catch {
      return wait.end(false);
    }
    for (const id of wait.unfinished) void this.check(id, [wait]);
  }

  /** Reads the cancellation once for all who wait for it. */
  private async check(id: string, waits: readonly Wait[]): Promise<void> {
    try {
      if (!(await this.hasFinished(id))) return;
    } catch {
      // Redis is out of reach. What was accepted stays so, and the client can ask again.
      for (const wait of waits) wait.end(false);
      return;
    }
    for (const wait of waits) {
      wait.unfinished.delete(id);
      if (wait.unfinished.size === 0) wait.end(true);
    }
  }

  private async hasFinished(id: string): Promise<boolean> {
    const stored = await this.cancellations.find(id);
    return stored === null || stored.finishedAt !== null || stored.record.withdrawnAt !== null;
  }
}
