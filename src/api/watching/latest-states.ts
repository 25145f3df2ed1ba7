import { setTimeout } from 'node:timers/promises';
import type { Change } from '../../queue/changes/change-feed.js';

const AT_ONCE = 100;
const AGAIN_MS = 1000;

/**
 * Has each changed cancellation read once for all who listen; of several changes of a cancellation, the last one
 * counts.
 */
export class LatestStates {
  /** By cancellation, oldest first. */
  private readonly changed = new Map<string, Change>();
  private isReading = false;

  /** @param publish reads how these stand now, and passes it on; they are tried again if it rejects */
  constructor(private readonly publish: (changes: readonly Change[]) => Promise<void>) {}

  add(change: Change): void {
    this.changed.delete(change.id);
    this.changed.set(change.id, change);
    if (!this.isReading) void this.read();
  }

  /** Nobody listens any more. */
  clear(): void {
    this.changed.clear();
  }

  private async read(): Promise<void> {
    this.isReading = true;
    while (this.changed.size > 0) {
      const changes = [...this.changed.values()].slice(0, AT_ONCE);
      try {
        await this.publish(changes);
        for (const change of changes)
          if (this.changed.get(change.id) === change) this.changed.delete(change.id);
      } catch {
        // Redis is out of reach.
        await setTimeout(AGAIN_MS, undefined, { ref: false });
      }
    }
    this.isReading = false;
  }
}
