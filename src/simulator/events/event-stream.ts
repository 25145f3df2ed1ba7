import { setTimeout as delay } from 'node:timers/promises';
import type { Change, ChangeFeed } from './change-feed.js';

/** What happens within it is told as one change of a call. */
const TOGETHER_MS = 30;

/** When a reader that lost its connection comes back, unless it knows better. */
const RETRY_MS = 1000;

export interface EventStreamOptions {
  /** What the reader got last, as its `Last-Event-ID` says. */
  readonly lastEventId: string | undefined;
  /** A comment goes out after as long a silence. */
  readonly heartbeatMs: number;
  /** The reader has gone. */
  readonly gone: AbortSignal;
}

/**
 * The feed in the event stream format of https://html.spec.whatwg.org/multipage/server-sent-events.html, from where
 * the reader left off. It makes no text before the reader has taken the one before; it ends with the feed.
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
    } else if (await feed.changed(AbortSignal.any([gone, AbortSignal.timeout(heartbeatMs)]))) {
      await delay(TOGETHER_MS);
    } else {
      yield ': still here\n\n';
    }
  }
}

/** JSON has no line break outside of its escapes, so that no value can begin a field or an event of its own. */
function textOf({ type, data }: Change, id: string): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
