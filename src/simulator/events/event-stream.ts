import { setTimeout as delay } from 'node:timers/promises';
import type { Change, ChangeFeed } from './change-feed.js';

/** Changes of one call within this time become one event. */
const COALESCE_MS = 30;

/** How long a reader waits before it reconnects. */
const RETRY_MS = 1000;

export interface EventStreamOptions {
  /** The reader's `Last-Event-ID`. */
  readonly lastEventId: string | undefined;
  /** A comment is sent after this much silence, in ms. */
  readonly heartbeatMs: number;
  /** Aborts when the reader disconnects. */
  readonly gone: AbortSignal;
}

/**
 * The feed as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html), resuming after
 * `lastEventId`. Each event is created only when the reader has taken the previous one.
 */
export async function* eventStream(feed: ChangeFeed, options: EventStreamOptions): AsyncGenerator<string> {
  const { lastEventId, heartbeatMs, gone } = options;
  let number = feed.numberOf(lastEventId);
  yield `retry: ${RETRY_MS}\n\n`;
  while (!feed.closed && !gone.aborted) {
    const change = feed.after(number);
    if (change !== null) {
      number = change.number;
      yield textOf(change, feed.idOf(change));
    } else if (await feed.nextChange(AbortSignal.any([gone, AbortSignal.timeout(heartbeatMs)]))) {
      await delay(COALESCE_MS);
    } else {
      yield ': still here\n\n';
    }
  }
}

/** JSON escapes line breaks, so no value can start a field or an event. */
function textOf({ type, data }: Change, id: string): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
