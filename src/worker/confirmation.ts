import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { BinFetches } from '../evidence/bin-fetches.js';
import type { BinCount } from '../evidence/bin-fetches.js';
import type { EvidenceWatch } from '../evidence/evidence.inbox.js';
import { fetchAt } from '../evidence/evidence.js';
import type { Proof } from '../evidence/evidence.js';
import type { Project } from '../projects/project.js';
import type { RequiredEvidence } from '../cancellation/required-evidence.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { UpdateCallError } from '../signalwire/signalwire.errors.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { CancellationData } from '../cancellation/data.js';
import { documentSourceOf } from '../cancellation/document-source.js';
import { isProven, withProof } from '../cancellation/record-updates.js';
import type { AttemptStrategy } from '../cancellation/strategy.js';

/** The XML Bin that the document is, where it is the project's own; `unknown` where it may be one and could not be counted, null where it is none. */
export type Bin = BinCount | 'unknown' | null;

/** What is waited for, for how long, and by whom. */
export interface Wait {
  readonly required: RequiredEvidence;
  readonly forMs: number;
  readonly watch: EvidenceWatch;
  /** Aborted once the job is no longer this worker's. */
  readonly signal: AbortSignal;
}

const NO_CALLBACK = 'no status callback said that the stream had stopped';

const NOT_DONE: Readonly<Record<AttemptStrategy, string>> = {
  update_call: 'the stop document was not fetched',
  stream_resource: 'neither its answer nor a status callback said that the stream had stopped',
};

/** Finds out whether what SignalWire accepted has come about. */
@Injectable()
export class Confirmation {
  constructor(
    private readonly bins: BinFetches,
    private readonly clock: SharedClock,
    private readonly environment: ServiceEnvironment,
  ) {}

  /** An attempt whose fetch came too late to be awaited shows in the count as well. */
  async count(
    project: Project,
    data: CancellationData,
    record: CancellationRecord,
  ): Promise<{ bin: Bin; record: CancellationRecord }> {
    try {
      const source = documentSourceOf(project, data);
      const bin = source.kind === 'foreign' ? await this.bins.count(project, source.documentUrl) : null;
      if (bin === null) return { bin, record: { ...record, isUncounted: source.kind === 'foreign' } };
      const binFetches = record.binFetches ?? bin.fetches;
      const documentFetchedAt = bin.fetches > binFetches ? this.clock.now() : null;
      const counted = { ...record, binFetches, isUncounted: false };
      return { bin, record: withProof(counted, fetchAt(documentFetchedAt)) };
    } catch (error) {
      if (error instanceof UpdateCallError)
        return { bin: 'unknown', record: { ...record, isUncounted: false } };
      throw error;
    }
  }

  /** @returns the record with what was proven in time, whether or not it is enough */
  async await(record: CancellationRecord, bin: Bin, wait: Wait): Promise<CancellationRecord> {
    const told = wait.watch.until(
      (proof) => isProven(withProof(record, proof), wait.required),
      wait.forMs,
      wait.signal,
    );
    const isCounted = bin !== null && bin !== 'unknown' && wait.required === 'document_fetched';
    return withProof(record, await (isCounted ? countedOr(told, bin, record) : told));
  }

  /** Why an accepted attempt counts as `not_confirmed`. */
  missing(required: RequiredEvidence, strategy: AttemptStrategy = 'update_call'): string {
    const missing = required === 'stream_stopped' ? NO_CALLBACK : NOT_DONE[strategy];
    return `SignalWire accepted the ${strategy === 'update_call' ? 'update' : 'stop'}, but ${missing} within ${this.environment.CONFIRMATION_TIMEOUT_MS} ms`;
  }
}

/** What comes first: one more fetch of the bin, or `told`. */
async function countedOr(told: Promise<Proof>, bin: BinCount, record: CancellationRecord): Promise<Proof> {
  const end = new AbortController();
  const fetched = bin.fetchedAgain(record.binFetches ?? bin.fetches, end.signal).then(fetchAt);
  try {
    return await Promise.race([told, fetched]);
  } finally {
    end.abort();
    await Promise.allSettled([fetched]);
  }
}
