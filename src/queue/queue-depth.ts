import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { closedGates } from '../gate/gate-state.js';
import type { ClosedGate } from '../gate/gate-state.js';
import type { ClosedState } from '../cancellation/vocabulary.js';
import { Projects } from '../projects/projects.js';
import { ApiConnection } from './api.connection.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { answeredInTime } from './answered-in-time.js';
import { countDelayedDueBy, countEndedSince } from './bullmq-layout.js';
import { recordOf } from './job-record.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';

const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'completed', 'failed'] as const;

const MINUTE_MS = 60_000;

export interface Throughput {
  readonly succeeded: number;
  readonly failed: number;
}

/** Whether a project's cancellations are being sent. Times are ISO 8601. */
export interface ProjectStatus {
  readonly project: string;
  readonly state: 'working' | ClosedState;
  /** Since when it is not `working`. */
  readonly since: string | null;
  /** When the next cancellation is let through to see whether it works again. */
  readonly nextProbeAt: string | null;
  /** How many cancellations wait for it. */
  readonly waiting: number;
}

/** How much is waiting, and for how long. */
export interface QueueDepth {
  readonly counts: Readonly<Record<(typeof STATES)[number], number>>;
  /** How long the job at the head of the queue has been ready for a worker; null if none is. */
  readonly oldestReadyAgeMs: number | null;
  /** Delayed jobs that are due and that no worker has fetched. */
  readonly overdueDelayed: number;
  readonly workers: number;
  readonly paused: boolean;
  /** How many have finished in the last minute and in the last five. */
  readonly throughput: { readonly lastMinute: Throughput; readonly lastFiveMinutes: Throughput };
  readonly projects: readonly ProjectStatus[];
}

@Injectable()
export class QueueDepthReader {
  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
    private readonly configured: Projects,
    private readonly clock: SharedClock,
  ) {}

  /** @throws {QueueUnavailableError} */
  read(): Promise<QueueDepth> {
    return answeredInTime(this.connection, async () => {
      const now = this.clock.now();
      const [counts, ready, overdueDelayed, workers, paused, lastMinute, lastFiveMinutes, closed] =
        await Promise.all([
          this.queue.getJobCounts(...STATES),
          this.queue.getJobs(['waiting', 'prioritized'], 0, 0, true) as Promise<CancellationJob[]>,
          countDelayedDueBy(this.connection.redis, this.queue, now),
          this.queue.getWorkersCount(),
          this.queue.isPaused(),
          this.throughputSince(now - MINUTE_MS),
          this.throughputSince(now - 5 * MINUTE_MS),
          closedGates(this.connection.redis, this.environment.QUEUE_PREFIX),
        ]);
      return {
        counts: counts as QueueDepth['counts'],
        // A job that was started before it was due is ready for less time than its plan says.
        oldestReadyAgeMs:
          ready.length === 0 ? null : Math.max(0, ...ready.map((job) => now - readySince(job))),
        overdueDelayed,
        workers,
        paused,
        throughput: { lastMinute, lastFiveMinutes },
        projects: this.configured.all().map(({ name }) =>
          statusOf(
            name,
            closed.find((gate) => gate.project === name),
          ),
        ),
      };
    });
  }

  private async throughputSince(epochMs: number): Promise<Throughput> {
    const [succeeded, failed] = await Promise.all([
      countEndedSince(this.connection.redis, this.queue, 'completed', epochMs),
      countEndedSince(this.connection.redis, this.queue, 'failed', epochMs),
    ]);
    return { succeeded, failed };
  }
}

const readySince = (job: CancellationJob): number => recordOf(job).nextAttemptAt ?? job.timestamp;

function statusOf(project: string, gate: ClosedGate | undefined): ProjectStatus {
  if (gate === undefined) return { project, state: 'working', since: null, nextProbeAt: null, waiting: 0 };
  const { state, since, probeAt, waiting } = gate;
  return {
    project,
    state,
    since: new Date(since).toISOString(),
    nextProbeAt: new Date(probeAt).toISOString(),
    waiting,
  };
}
