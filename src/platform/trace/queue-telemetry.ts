import { INVALID_SPAN_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Context, SpanOptions } from '@opentelemetry/api';
import { BullMQOtel, BullMQOTelSpan } from 'bullmq-otel';
import type { QueueSpans } from './spans.js';

/**
 * BullMQ's spans of adding and processing jobs. Its other ones are about itself (the next request for a job, the
 * renewal of locks, the search for stalled jobs), and most of them would each begin a trace.
 */
export class QueueTelemetry implements QueueSpans {
  private readonly otel = new BullMQOtel({ tracerName: 'streamstop' });
  readonly contextManager = this.otel.contextManager;
  readonly tracer: QueueSpans['tracer'] = {
    startSpan: (name: string, options?: SpanOptions, parent?: Context) =>
      options?.kind === SpanKind.PRODUCER || options?.kind === SpanKind.CONSUMER
        ? this.otel.tracer.startSpan(name, options, parent)
        : new UnrecordedSpan(),
  };
}

/** Leaves what it surrounds in the span around it. */
class UnrecordedSpan extends BullMQOTelSpan {
  constructor() {
    super(trace.wrapSpanContext(INVALID_SPAN_CONTEXT));
  }

  override setSpanOnContext(around: Context): Context {
    return around;
  }
}
