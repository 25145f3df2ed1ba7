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

/** A document that always redirects to the next would run for ever. */
const MAX_DOCUMENTS = 1000;

export interface DocumentRun {
  readonly address: DocumentAddress;
  readonly fallback: DocumentAddress | null;
  readonly fetch: Exclude<Fault['fetch'], 'none'>;
}

/** Runs documents on calls, one a call: a new one ends the one before, and nothing returns to that. */
@Injectable()
export class DocumentRunner {
  private readonly logger = new Logger('Simulator');

  constructor(
    private readonly calls: CallsService,
    private readonly fetcher: DocumentFetcher,
    private readonly verbs: VerbRunner,
  ) {}

  /** Replaces what the call runs and returns at once. */
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
    // What it answers is not run, for another document has taken its place.
    if (interruption !== null) await this.fetcher.fetch(call, interruption, signal);
    if (typeof run.fetch === 'object') await delay(run.fetch.delayMs, undefined, { signal });
    if (run.fetch === 'twice') await this.fetcher.fetch(call, next, signal);
    for (let documents = 0; documents < MAX_DOCUMENTS; documents++) {
      const document = await this.fetch(call, next, run.fallback, signal);
      if (signal.aborted) return;
      if (document === null) {
        return this.hangUp(call, 'no_document', 'No document could be fetched: the call ends');
      }
      const end = await this.verbs.run(call, document, signal);
      if (end === 'stays') return;
      if (end === 'out_of_verbs' || end === 'hangup_verb') return this.hangUp(call, end);
      next = end.next;
    }
    this.hangUp(call, 'endless_redirects', `${MAX_DOCUMENTS} documents in a row: the call ends`);
  }

  /**
   * SignalWire does not fetch a document again but goes to FallbackUrl ("Common webhook errors" of its docs). What
   * it does where there is none, or that fails as well, is not documented; here the call ends, since it has
   * nothing left to run. That the fallback also serves for redirects further on is our reading too.
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
