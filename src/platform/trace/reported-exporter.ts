import { Logger } from '@nestjs/common';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';

/** Says once that a collector does not take spans, and once that it takes them again. */
export class ReportedExporter implements SpanExporter {
  private readonly logger = new Logger('Traces');
  private isFailing = false;

  constructor(private readonly exporter: OTLPTraceExporter) {}

  export: SpanExporter['export'] = (spans, done) =>
    this.exporter.export(spans, (result) => {
      this.report(result.error ?? null);
      done(result);
    });

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private report(error: Error | null): void {
    if (error !== null && !this.isFailing)
      this.logger.warn('traces are not delivered', { error: error.message });
    if (error === null && this.isFailing) this.logger.log('traces are delivered again');
    this.isFailing = error !== null;
  }
}
