import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { bounded } from '../limits.js';
import { FetchError } from '../outgoing/fetch-error.js';
import { OutgoingRequest } from '../outgoing/outgoing-request.js';
import type { CallbackRecord } from './call-view.js';
import type { Call } from './call.js';
import type { Stream } from './stream.js';

/** "Up to 2 more tries" (Webhooks page of SignalWire's docs). The docs give no interval. */
const MAX_ATTEMPTS = 3;
const RETRY_DELAY_MS = 100;

type StreamEvent = CallbackRecord['event'];

/** Stream status callbacks, as the "Stream" page of SignalWire's cXML docs describes them. */
@Injectable()
export class StreamCallbacks {
  private readonly logger = new Logger('Simulator');
  private readonly stopped = new AbortController();

  constructor(private readonly outgoing: OutgoingRequest) {
    // Every callback in flight adds a listener; this is not a leak.
    setMaxListeners(0, this.stopped.signal);
  }

  /** Sends in the background. The outcome goes into the call's `callbacks`. */
  send(call: Call, stream: Stream, event: StreamEvent): void {
    const { statusCallback: url } = stream;
    if (url === undefined) return;
    this.deliver(call, stream, event, url).catch((error: unknown) => {
      if (!this.stopped.signal.aborted) this.logger.error(error);
    });
  }

  /** Aborts all callbacks in flight. */
  stop(): void {
    this.stopped.abort();
  }

  private async deliver(call: Call, stream: Stream, event: StreamEvent, url: string): Promise<void> {
    const params = {
      AccountSid: call.accountSid,
      CallSid: call.sid,
      StreamSid: stream.sid,
      StreamName: stream.name,
      StreamEvent: event,
      Timestamp: new Date().toISOString(),
    };
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (attempt > 1) await delay(RETRY_DELAY_MS, undefined, { signal: this.stopped.signal });
      const startedAt = new Date();
      const { status, error } = await this.attempt(stream, url, params);
      call.callbacks.add({
        event,
        streamSid: stream.sid,
        streamName: stream.name,
        url: bounded(url),
        method: stream.statusCallbackMethod,
        attempt,
        at: startedAt.toISOString(),
        durationMs: Date.now() - startedAt.getTime(),
        status,
        error,
      });
      call.changed();
      if (status !== null && status >= 200 && status < 300) return;
    }
  }

  private async attempt(
    stream: Stream,
    url: string,
    params: Record<string, string>,
  ): Promise<{ status: number | null; error: string | null }> {
    try {
      const reply = await this.outgoing.send(url, stream.statusCallbackMethod, params, this.stopped.signal);
      return { status: reply.status, error: null };
    } catch (error) {
      if (error instanceof FetchError) return { status: null, error: error.message };
      throw error;
    }
  }
}
