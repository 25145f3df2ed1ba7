import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { CallView } from '../calls/call-view.js';
import type { Call } from '../calls/call.js';
import { LIMITS } from '../limits.js';

/** One line of the change log. */
export interface ChangeLine {
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** `reset`: discard all earlier changes. They were cleared, or came from another simulator. */
export type Change =
  | { readonly number: number; readonly type: 'reset'; readonly data: null }
  | { readonly number: number; readonly type: 'call'; readonly data: CallView }
  | { readonly number: number; readonly type: 'line'; readonly data: ChangeLine };

/** Below every number, so that a new reader gets a reset first. */
const BEFORE_FIRST = -1;

/**
 * The calls and log lines that changed last, each with the number of its last change. Readers ask for the change after
 * the one they have. A slow reader therefore skips outdated states of a call and needs no buffer.
 */
@Injectable()
export class ChangeFeed implements OnModuleDestroy {
  private readonly epoch = randomUUID();
  private readonly events = new EventEmitter().setMaxListeners(0);
  /** By sid, ordered by last change. */
  private readonly calls = new Map<string, { readonly number: number; readonly call: Call }>();
  private lines: { readonly number: number; readonly line: ChangeLine }[] = [];
  private count = 0;
  private forgottenAt = 0;
  private isClosed = false;

  get closed(): boolean {
    return this.isClosed;
  }

  onModuleDestroy(): void {
    this.isClosed = true;
    this.events.emit('change');
  }

  callChanged(call: Call): void {
    this.calls.delete(call.sid);
    this.calls.set(call.sid, { number: this.nextNumber(), call });
    const [oldest] = this.calls.keys();
    if (oldest !== undefined && this.calls.size > LIMITS.feedCalls) this.calls.delete(oldest);
    this.events.emit('change');
  }

  lineWritten(line: ChangeLine): void {
    this.lines.push({ number: this.nextNumber(), line });
    if (this.lines.length > LIMITS.feedLines) this.lines.shift();
    this.events.emit('change');
  }

  forgetAll(): void {
    this.calls.clear();
    this.lines = [];
    this.forgottenAt = this.nextNumber();
    this.events.emit('change');
  }

  /** The event id of a change. The epoch reveals ids of an earlier simulator. */
  idOf({ number }: Change): string {
    return `${this.epoch}.${number}`;
  }

  /** The number in `id`, or `BEFORE_FIRST` if this feed never issued it. */
  numberOf(id: string | undefined): number {
    const [epoch, number = ''] = (id ?? '').split('.');
    const isOurs = epoch === this.epoch && /^\d{1,15}$/.test(number) && Number(number) <= this.count;
    return isOurs ? Number(number) : BEFORE_FIRST;
  }

  /** The first change after `number`; null if there is none yet. */
  after(number: number): Change | null {
    if (number < this.forgottenAt) return { number: this.forgottenAt, type: 'reset', data: null };
    const call = [...this.calls.values()].find((kept) => kept.number > number);
    const line = this.lines.find((kept) => kept.number > number);
    if (line !== undefined && (call === undefined || line.number < call.number)) {
      return { number: line.number, type: 'line', data: line.line };
    }
    return call === undefined
      ? null
      : { number: call.number, type: 'call', data: shortened(call.call.view()) };
  }

  /**
   * Waits for the next change, or for the end of the feed.
   *
   * @returns false if `signal` aborts first
   */
  async nextChange(signal: AbortSignal): Promise<boolean> {
    try {
      await once(this.events, 'change', { signal });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  private nextNumber(): number {
    this.count += 1;
    return this.count;
  }
}

/** Keeps the newest entries of every list in the view. */
function shortened(view: CallView): CallView {
  const entries = Object.entries(view).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? value.slice(-LIMITS.feedRecords) : value,
  ]);
  return Object.fromEntries(entries) as CallView;
}
