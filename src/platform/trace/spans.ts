import type { BullMQOtel } from 'bullmq-otel';

/** One request that was served. */
export interface ServedSpan {
  /** Of this span, for all that it leads to. */
  readonly traceparent: string;
  end(httpStatus: number): void;
}

export interface ServedRequest {
  readonly method: string;
  /** The pattern of the route, without what a request fills in: a link's token is a secret. */
  readonly route: string;
  /** The `traceparent`s of what led to it: the first is its parent, the others are linked. None: it begins a trace. */
  readonly origins: readonly string[];
}

/** As BullMQ's option `telemetry` takes it. */
export interface QueueSpans {
  readonly tracer: Pick<BullMQOtel['tracer'], 'startSpan'>;
  readonly contextManager: BullMQOtel['contextManager'];
}

/** Records spans with OpenTelemetry, which only its implementation loads. */
export interface Spans {
  serve(request: ServedRequest): ServedSpan;
  /** Runs work whose spans are children of this one. */
  within<T>(traceparent: string, work: () => T): T;
  /** The `traceparent` of the span in which the caller runs. */
  current(): string | undefined;
  /** BullMQ's option. */
  readonly queues: QueueSpans;
  /** Sends what has not been sent yet, and gives up soon if it cannot be. Never rejects. */
  shutdown(): Promise<void>;
}

let recorder: Spans | null = null;

/** Call it before anything else is loaded: BullMQ's workers get their options while they are. */
export const recordSpans = (spans: Spans): void => {
  recorder = spans;
};

/** Null unless spans are recorded. */
export const spans = (): Spans | null => recorder;
