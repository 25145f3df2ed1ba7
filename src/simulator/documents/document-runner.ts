import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { EndReason } from '../calls/call-view.js';
import type { Call } from '../calls/call.js';
import { CallsService } from '../calls/calls.service.js';
import type { Fault } from '../faults/fault.js';
import { DocumentFetcher } from './document-fetcher.js';
import type { Document } from './document-fetcher.js';
import type { DocumentAddress, DocumentRequest } from './document-request.js';
import { VerbRunner } from './verb-runner.js';

/** Stops documents that redirect to each other forever. */
const MAX_DOCUMENTS = 1000;

export interface DocumentRun {
  readonly address: DocumentAddress;
  readonly fallback: DocumentAddress | null;
  readonly fetch: Exclude<Fault['fetch'], 'none'>;
}

/** Runs documents on calls. A call runs one document at a time; a new document replaces it for good. */
@Injectable()
export class DocumentRunner {
  private readonly logger = new Logger('Simulator');

  constructor(
    private readonly calls: CallsService,
    private readonly fetcher: DocumentFetcher,
    private readonly verbs: VerbRunner,
  ) {}

  /** Replaces the call's document and returns at once. */
  run(call: Call, run: DocumentRun): void {
    const { signal, interruption } = call.replaceDocument();
    this.execute(call, run, interruption, signal).catch((error: unknown) => {
      if (!signal.aborted) this.logger.error(error);
    });
  }

  private async execute(
    call: Call,
    run: DocumentRun,
    interruption: DocumentRequest | null,
    signal: AbortSignal,
  ): Promise<void> {
    let next: DocumentRequest = { ...run.address, role: 'url' };
    // The reply is not run: the new document has already taken over.
    if (interruption !== null) await this.fetcher.fetch(call, interruption, signal);
    if (typeof run.fetch === 'object') await delay(run.fetch.delayMs, undefined, { signal });
    if (run.fetch === 'twice') await this.fetcher.fetch(call, next, signal);
    for (let documents = 0; documents < MAX_DOCUMENTS; documents++) {
      const document = await this.fetch(call, next, run.fallback, signal);
      if (signal.aborted) return;
      if (document === null) {
        return this.hangUp(call, 'no_document', 'The call ends: no document could be fetched');
      }
      const end = await this.verbs.run(call, document, signal);
      if (end === 'stays') return;
      if (end === 'out_of_verbs' || end === 'hangup_verb') return this.hangUp(call, end);
      next = end.next;
    }
    this.hangUp(call, 'endless_redirects', `The call ends: it ran ${MAX_DOCUMENTS} documents in a row`);
  }

  /**
   * SignalWire does not retry a document but goes to FallbackUrl ("Common webhook errors" in its docs). Our
   * assumptions: the call ends if there is no fallback or if it fails too, and the fallback also covers later
   * redirects.
   */
  private async fetch(
    call: Call,
    request: DocumentRequest,
    fallback: DocumentAddress | null,
    signal: AbortSignal,
  ): Promise<Document | null> {
    signal.throwIfAborted();
    const document = await this.fetcher.fetch(call, request, signal);
    if (document !== null || fallback === null || signal.aborted) return document;
    return this.fetcher.fetch(call, { ...fallback, role: 'fallbackUrl' }, signal);
  }

  private hangUp(call: Call, reason: EndReason, warning?: string): void {
    if (warning !== undefined) call.warn(warning);
    this.calls.setStatus(call, 'completed', reason);
  }
}
