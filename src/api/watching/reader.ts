import { Readable } from 'node:stream';
import { isBefore } from '../../queue/changes/position.js';
import { isWanted } from './interest.js';
import type { Interest } from './interest.js';
import type { StreamEvent } from './stream-event.js';

/**
 * A reader that takes nothing for so many heartbeats (30 to 45 s) is disconnected, and so is one that is behind by so
 * many events.
 */
const STALLED_BEATS = 3;
const MOST_PENDING = 1000;

/** What a reader needs of the process. */
export interface Connection {
  /** Whether the API key of the reader is still valid, with the same rights. */
  readonly isAllowed: () => boolean;
  readonly disconnect: () => void;
}

/** One client that reads events at its own pace. If it is slow, it skips states that are out of date. */
export class Reader {
  /** What the client gets. */
  readonly stream = new Readable({ read: () => this.onRoom() });
  /** By key, oldest first. */
  private readonly pending = new Map<string, StreamEvent>();
  private isLive = false;
  private hasEnded = false;
  /** The client has not taken what it was sent. */
  private isFull = false;
  /** At how many heartbeats in a row that was so. */
  private fullBeats = 0;
  private roomFor: (() => void) | null = null;

  constructor(
    readonly interest: Interest,
    private readonly connection: Connection,
  ) {
    this.push(': connected\n\n');
  }

  /** Sends what is new, at once or when the client has taken what came before. */
  add(event: StreamEvent): void {
    this.pending.delete(event.key);
    if (!this.wants(event)) return;
    this.pending.set(event.key, event);
    if (this.pending.size > MOST_PENDING) this.connection.disconnect();
    else if (this.isLive) this.sendPending();
  }

  /** Sends what the client has missed. Resolves when it takes more, or is gone. */
  async sendMissed(event: StreamEvent): Promise<void> {
    this.send(event);
    if (this.isFull && !this.stream.destroyed) await new Promise<void>((resolve) => (this.roomFor = resolve));
  }

  /** From now on, sends what has changed after `position`; the client knows the rest. */
  goLive(position: string): void {
    for (const [key, event] of this.pending)
      if (!isBefore(position, event.position)) this.pending.delete(key);
    this.isLive = true;
    this.sendPending();
  }

  /** Shows that the stream still lives, unless the client does not take what it has, or may not have it any more. */
  beat(): void {
    this.fullBeats = this.isFull ? this.fullBeats + 1 : 0;
    if (this.fullBeats >= STALLED_BEATS || !this.connection.isAllowed()) this.connection.disconnect();
    else if (!this.isFull) this.push(': still here\n\n');
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.stream.push(null);
  }

  /** The client is gone. */
  close(): void {
    this.hasEnded = true;
    this.stream.destroy();
    this.roomFor?.();
  }

  private onRoom(): void {
    this.isFull = false;
    this.fullBeats = 0;
    this.roomFor?.();
    this.roomFor = null;
    if (this.isLive) this.sendPending();
  }

  private sendPending(): void {
    for (const [key, event] of this.pending) {
      if (this.isFull || this.hasEnded) return;
      this.pending.delete(key);
      this.send(event);
    }
  }

  /** The last check, because the key may have changed since the event was added. */
  private send(event: StreamEvent): void {
    if (!this.connection.isAllowed()) this.connection.disconnect();
    else if (this.wants(event)) this.push(event.text);
    if (this.interest.id !== undefined && (event.cancellation?.finishedAt ?? null) !== null) this.end();
  }

  private wants({ cancellation }: StreamEvent): boolean {
    return cancellation === null || isWanted(this.interest, cancellation);
  }

  private push(text: string): void {
    if (!this.hasEnded && !this.stream.push(text)) this.isFull = true;
  }
}
