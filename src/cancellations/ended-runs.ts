import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import { SharedClock } from '../redis/shared-clock.js';
import { WorkerConnection } from '../redis/worker.connection.js';
import type { CancellationRecord } from './cancellation-record.js';
import type { CancellationJob } from './cancellations.queue.js';
import { LANE_MARGIN_MS } from './lane-keys.js';

/** Far longer than BullMQ takes to write a job's end, and shorter than it takes to start the job again where it cannot. */
const LOOK_EVERY_MS = 250;

interface EndedRun {
  readonly fetchedAt: number;
  /** By `performance.now()`. */
  readonly endedAt: number;
  /** Epoch milliseconds from which on the evidence is of no use any more. */
  readonly keptUntil: number;
  isBeingKept: boolean;
}

/**
 * Runs that have found their evidence, until BullMQ has written the end of their jobs. What was handed over within the process
 * stands nowhere else until then; where the end cannot be written, as to a job whose lock was lost, the evidence is put where
 * the job's next start finds it, which would update the call once more otherwise.
 */
@Injectable()
export class EndedRuns implements OnApplicationShutdown {
  private readonly logger = new Logger(EndedRuns.name);
  private readonly runs = new Map<string, EndedRun>();
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();

  constructor(
    private readonly inbox: EvidenceInbox,
    private readonly connection: WorkerConnection,
    private readonly clock: SharedClock,
  ) {}

  add({ id, data }: CancellationJob, { documentFetchedAt }: CancellationRecord): void {
    if (documentFetchedAt === null) return;
    this.runs.set(String(id), {
      fetchedAt: documentFetchedAt,
      endedAt: performance.now(),
      keptUntil: Math.max(this.clock.now(), data.deadline) + LANE_MARGIN_MS,
      isBeingKept: false,
    });
  }

  /** BullMQ has written the end of the job. */
  confirm(id: string): void {
    this.runs.delete(id);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    for (const [id, run] of this.runs) {
      if (this.clock.now() >= run.keptUntil) this.runs.delete(id);
      else if (now - run.endedAt >= LOOK_EVERY_MS && this.connection.isReady) void this.keep(id, run);
    }
  }

  private async keep(cancellationId: string, run: EndedRun): Promise<void> {
    if (run.isBeingKept) return;
    run.isBeingKept = true;
    try {
      await this.inbox.keep(cancellationId, run.fetchedAt, run.keptUntil);
      if (this.runs.get(cancellationId) === run) this.runs.delete(cancellationId);
      this.logger.warn('the end of a cancellation was not written; its evidence was kept', {
        cancellationId,
      });
    } catch {
      // The next look tries again.
      run.isBeingKept = false;
    }
  }
}
