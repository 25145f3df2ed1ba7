import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import pTimeout from 'p-timeout';
import { name, version } from '../package-info.js';
import { QueueTelemetry } from './queue-telemetry.js';
import { ReportedExporter } from './reported-exporter.js';
import type { ServedRequest, ServedSpan, Spans } from './spans.js';

/** Within the margin that the process has after its grace period. */
const FLUSH_MS = 500;

/**
 * Starts OpenTelemetry as its variables say: where spans go (`OTEL_EXPORTER_OTLP_…`), which are recorded
 * (`OTEL_TRACES_SAMPLER`), and under which name (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`).
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function startSpans(): Spans {
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': name, 'service.version': version }))
      .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] })),
    // Drops spans when its queue is full, so that a collector that is away costs neither time nor memory.
    spanProcessors: [new BatchSpanProcessor(new ReportedExporter(new OTLPTraceExporter()))],
  });
  provider.register();
  new UndiciInstrumentation({
    requireParentforSpans: true,
    // Paths and queries hold links, ids of projects, and what receivers of callbacks keep secret.
    startSpanHook: ({ origin }) => ({ 'url.full': origin, 'url.path': '/', 'url.query': '' }),
  }).setTracerProvider(provider);
  const tracer = provider.getTracer(name, version);

  return {
    queues: new QueueTelemetry(),
    serve: ({ method, route, origins }: ServedRequest): ServedSpan => {
      const [parent = ROOT_CONTEXT, ...others] = origins.map(contextOf);
      const span = tracer.startSpan(
        `${method} ${route}`,
        {
          kind: SpanKind.SERVER,
          attributes: { 'http.request.method': method, 'http.route': route },
          links: others
            .flatMap((other) => trace.getSpanContext(other) ?? [])
            .map((linked) => ({ context: linked })),
        },
        parent,
      );
      return {
        traceparent: traceparentIn(trace.setSpan(ROOT_CONTEXT, span)) ?? '',
        end: (httpStatus) => {
          span.setAttribute('http.response.status_code', httpStatus);
          if (httpStatus >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    within: (traceparent, work) => context.with(contextOf(traceparent), work),
    current: () => traceparentIn(context.active()),
    shutdown: () =>
      pTimeout(provider.shutdown(), { milliseconds: FLUSH_MS, fallback: () => undefined }).catch(
        () => undefined,
      ),
  };
}

function contextOf(traceparent: string): Context {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function traceparentIn(active: Context): string | undefined {
  const span = trace.getSpanContext(active);
  return span && `00-${span.traceId}-${span.spanId}-0${span.traceFlags & TraceFlags.SAMPLED}`;
}
