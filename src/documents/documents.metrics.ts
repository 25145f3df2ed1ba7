import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { Metrics } from '../platform/metrics/metrics.js';

const RESULTS = [
  'fetched',
  'abandoned',
  'head',
  'by_name',
  'template',
  'template_failed',
  'template_failed_open',
  'bad_request',
  'not_found',
] as const;

const EVENTS = [
  'started',
  'stopped',
  'error',
  'other',
  'unverified',
  'ambiguous',
  'of_another_time',
] as const;

/** What the public port counts, in the registry of the process. */
@Injectable()
export class DocumentsMetrics {
  readonly documents: Counter<'result'>;
  readonly documentFetchDelay: Histogram;
  readonly requestsLimited: Counter;
  readonly streamEvents: Counter<'event'>;
  readonly signaturesRefused: Counter;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.documents = new Counter({
      name: 'streamstop_documents_total',
      help:
        'Requests for stop documents, by result: fetched; abandoned (the client was gone before it had all of it); without ' +
        'evidence head, by_name and template; template_failed ' +
        '(SignalWire went to the fallback, or got an empty document) and template_failed_open (the same for anybody ' +
        'else); bad_request or not_found',
      labelNames: ['result'] as const,
      registers,
    });
    for (const result of RESULTS) this.documents.inc({ result }, 0);
    this.documentFetchDelay = new Histogram({
      name: 'streamstop_document_fetch_delay_seconds',
      help: 'From the start of an attempt to the fetch of its stop document',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.requestsLimited = new Counter({
      name: 'streamstop_requests_limited_total',
      help: 'Unverified requests on PUBLIC_PORT that got 429, because their source had made too many',
      registers,
    });
    this.streamEvents = new Counter({
      name: 'streamstop_stream_events_total',
      help: 'Stream status callbacks, by event: started, stopped, error, other; or why they were ignored: unverified, ambiguous, of_another_time',
      labelNames: ['event'] as const,
      registers,
    });
    for (const event of EVENTS) this.streamEvents.inc({ event }, 0);
    this.signaturesRefused = new Counter({
      name: 'streamstop_signatures_refused_total',
      help: 'Requests on PUBLIC_PORT that got 403, because their signature was missing or wrong',
      registers,
    });
  }
}
