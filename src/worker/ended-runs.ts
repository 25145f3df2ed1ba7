import { Injectable, Logger } from '@nestjs/common';
import pTimeout from 'p-timeout';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { WorkerConnection } from '../queue/worker.connection.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import { LANE_MARGIN_MS } from '../lane/lane-keys.js';

/** Far longer than BullMQ takes to write a job's end. */
const LOOK_EVERY_MS = 250;

const SHUTDOWN_WAIT_MS = 1000;

interface EndedRun {
  readonly fetchedAt: number;
  /** Epoch milliseconds from which on the evidence is of no use any more. */
  readonly keptUntil: number;
  /** A look has found it before, so that a process that was held up has read BullMQ's answer since. */
  wasSeen: boolean;
  isBeingKept: boolean;
}

/**
 * Runs that have found their evidence, until BullMQ has written the end of their jobs. What was handed over within the process
 * stands nowhere else until then; where the end cannot be written, as to a job whose lock was lost, the evidence is put where
 * the job's next start finds it, which would update the call once more otherwise.
 */
@Injectable()
export class EndedRuns {
  private readonly logger = new Logger(EndedRuns.name);
  private readonly runs = new Map<string, EndedRun>();
  private readonly timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();

  constructor(
    private readonly inbox: EvidenceInbox,
    private readonly connection: WorkerConnection,
    private readonly clock: SharedClock,
  ) {}

  /** Whether the ends of all were written. */
  get isEmpty(): boolean {
    return this.runs.size === 0;
  }

  add({ id, data }: CancellationJob, { documentFetchedAt }: CancellationRecord): void {
    if (documentFetchedAt === null) return;
    this.runs.set(String(id), {
      fetchedAt: documentFetchedAt,
      keptUntil: Math.max(this.clock.now(), data.deadline) + LANE_MARGIN_MS,
      wasSeen: false,
      isBeingKept: false,
    });
  }

  /** BullMQ has written the end of the job. */
  confirm(id: string): void {
    this.runs.delete(id);
  }

  /** Keeps the evidence of those that are left, since no end is written any more. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    const kept = Promise.all([...this.runs].map(([id, run]) => this.keep(id, run)));
    await pTimeout(kept, { milliseconds: SHUTDOWN_WAIT_MS, fallback: () => undefined });
  }

  private look(): void {
    for (const [id, run] of this.runs) {
      if (this.clock.now() >= run.keptUntil) this.runs.delete(id);
      else if (!run.wasSeen) run.wasSeen = true;
      else if (this.connection.isReady) void this.keep(id, run);
    }
  }

  private async keep(cancellationId: string, run: EndedRun): Promise<void> {
    if (run.isBeingKept) return;
    run.isBeingKept = true;
    try {
      await this.inbox.keep(cancellationId, run.fetchedAt, run.keptUntil);
      // BullMQ may have written the end meanwhile, or another run of the job have ended.
      if (this.runs.get(cancellationId) !== run) return;
      this.runs.delete(cancellationId);
      this.logger.warn('the end of a cancellation was not written; its evidence was kept', {
        cancellationId,
      });
    } catch {
      // The next look tries again.
      run.isBeingKept = false;
    }
  }
}
