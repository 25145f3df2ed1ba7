import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger } from '@nestjs/common';
import { EMPTY_RECORD, waitsForProject } from '../cancellation/record.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { WaitingFor } from '../cancellation/vocabulary.js';
import {
  withGivenUp,
  withLostAttempt,
  withNothingPlanned,
  withPlan,
  withRetry,
} from '../cancellation/record-updates.js';
import { isProven } from '../cancellation/proof.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Gates } from '../gate/gates.js';
import { Lanes } from '../lane/lanes.js';
import type { Leaving } from '../lane/lanes.js';
import { unlistedIn } from '../lane/shared-attempts.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { Projects } from '../projects/projects.js';
import type { Lease } from '../queue/lease.js';
import { LockLostError } from '../queue/worker.errors.js';
import { AWAIT_REPORT, msUnfetched } from './decisions.js';
import { waitFor } from './next.js';
import type { Next, Outcome, Pause } from './next.js';
import { CancellationRun } from './run.js';

/** How soon a run that failed through a fault of ours is tried again. */
const BROKEN_OFF_MS = 1000;

/** BullMQ takes a moment to forget a run whose job sleeps; until then it would mistake the next run for the same. */
const SHORTEST_SLEEP_MS = 50;

/** Waits after which a cancellation that was never sent still comes before those that are tried again. */
const STAYS_FRESH: ReadonlySet<WaitingFor> = new Set<WaitingFor>([
  'call',
  'report',
  'rate',
  'delivery',
  'paused',
]);

/** Runs jobs: carries the cancellation out, then writes what comes next and leaves the call. */
@Injectable()
export class Runs {
  private readonly logger = new Logger(Runs.name);
  private readonly brokenOff = new RareLine(this.logger, 'error', 'run failed internally; retrying');
  private readonly unreleased = new RareLine(this.logger, 'warn', 'could not release the call');
  private readonly stillWaiting = new RareLine(
    this.logger,
    'warn',
    'a finished cancellation still waits for its project',
  );

  constructor(
    private readonly cancellationRun: CancellationRun,
    private readonly lanes: Lanes,
    private readonly gates: Gates,
    private readonly projects: Projects,
    private readonly clock: SharedClock,
    private readonly environment: ServiceEnvironment,
  ) {}

  /** @throws {LockLostError} the job is another worker's now */
  async run(lease: Lease): Promise<Outcome> {
    const outcome = await this.carryOut(lease);
    const { next } = outcome;
    return next.kind === 'succeed' || next.kind === 'give_up'
      ? this.finish(lease, outcome)
      : this.sleep(lease, outcome, next);
  }

  /** A fault of our own, such as Redis lost in the middle of an attempt, uses up no attempt. */
  private async carryOut(lease: Lease): Promise<Outcome> {
    try {
      return await this.cancellationRun.carryOut(lease, this.projects.get(lease.data.project));
    } catch (error) {
      if (error instanceof LockLostError || lease.signal.aborted) throw error;
      this.brokenOff.write({ ...lease.ids, error: String(error) });
      const record = withLostAttempt(lease.unsaved ?? lease.latest);
      // Past the deadline too: the next run looks for evidence before it gives up.
      return { record, next: waitFor('backoff', BROKEN_OFF_MS), companions: [] };
    }
  }

  private async finish(lease: Lease, { record, next, companions }: Outcome): Promise<Outcome> {
    const ended = next.kind === 'give_up' ? withGivenUp(record, next.reason) : withNothingPlanned(record);
    if (next.kind === 'give_up') await lease.save(ended);
    const sent = await this.lanes.leave(lease, this.leaving(lease, { record, next, companions }));
    // Another one sends an attempt for it, or has just done so: it ends once it knows what that came to.
    if (unlistedIn(record, sent).length > 0)
      return this.sleep(lease, { record, next: AWAIT_REPORT, companions: null }, AWAIT_REPORT);
    if (waitsForProject(lease.record)) await this.forget(lease);
    return { record: ended, next, companions };
  }

  private async sleep(lease: Lease, { record, companions }: Outcome, next: Pause): Promise<Outcome> {
    const { planned, sleepMs } = this.plan(lease, record, next);
    const isFresh = next.kind === 'wait' && record.attempts.length === 0 && STAYS_FRESH.has(next.for);
    if (!this.isUntouched(lease, record, next)) await lease.save(planned, !isFresh);
    // What waits for something else could not be the project's probe.
    if (waitsForProject(lease.record) && !waitsForProject(planned)) await this.forget(lease);
    if (next.kind === 'retry') this.logRetry(lease, planned);
    await this.leave(lease, { record, next, companions });
    await lease.sleep(sleepMs);
    if (next.kind === 'wait' && next.for === 'call') await this.lanes.startIfFree(lease);
    return { record: planned, next, companions };
  }

  /** Thousands may wait for one call, each of which costs nothing until it is its turn. */
  private isUntouched(lease: Lease, record: CancellationRecord, next: Next): boolean {
    return (
      next.kind === 'wait' &&
      next.for === 'call' &&
      isDeepStrictEqual(record, EMPTY_RECORD) &&
      lease.record.waitingFor === null
    );
  }

  private plan(
    { data }: Lease,
    record: CancellationRecord,
    next: Pause,
  ): { planned: CancellationRecord; sleepMs: number } {
    const now = this.clock.now();
    const leftMs = data.deadline - now;
    // After its deadline it waits for the outcome of an attempt that another one sent for it, or for the next run of
    // one that broke off.
    const mostMs = leftMs > 0 ? leftMs : Infinity;
    const sleepMs = Math.max(SHORTEST_SLEEP_MS, Math.min(Math.ceil(next.afterMs), mostMs));
    if (next.kind === 'retry') return { planned: withRetry(record, now + sleepMs), sleepMs };
    const expectedInMs = Math.min(sleepMs, Math.max(0, next.expectedInMs ?? sleepMs));
    return { planned: withPlan(record, next.for, now + expectedInMs), sleepMs };
  }

  /** If it fails, those that wait for the call look by themselves. */
  private async leave(lease: Lease, outcome: Outcome): Promise<void> {
    await this.lanes
      .leave(lease, this.leaving(lease, outcome))
      .catch((error: unknown) => this.unreleased.write({ ...lease.ids, error: String(error) }));
  }

  private leaving({ data }: Lease, { record, next, companions }: Outcome): Leaving {
    const project = this.projects.get(data.project);
    const { CONFIRMATION_TIMEOUT_MS } = this.environment;
    return {
      isFinished: next.kind === 'succeed' || next.kind === 'give_up',
      companions,
      isDone:
        next.kind === 'succeed' && !record.callEnded && project !== undefined && isProven(record, project),
      keepMs: msUnfetched(record, this.clock.now(), CONFIRMATION_TIMEOUT_MS),
    };
  }

  /** If it fails, the gate drops the cancellation by itself a while after its deadline. */
  private async forget(lease: Lease): Promise<void> {
    await this.gates.forget(lease).catch((error: unknown) =>
      this.stillWaiting.write({
        ...lease.ids,
        error: String(error),
      }),
    );
  }

  private logRetry(lease: Lease, { nextAttemptAt }: CancellationRecord): void {
    this.logger.log('cancellation retrying', {
      ...lease.ids,
      nextAttemptAt: new Date(nextAttemptAt ?? 0).toISOString(),
    });
  }
}
