import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { closedGates } from '../gate/gate-state.js';
import type { ClosedGate } from '../gate/gate-state.js';
import type { ClosedState } from '../cancellation/project-states.js';
import { Projects } from '../projects/projects.js';
import { ApiConnection } from './api.connection.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { answeredInTime } from '../api/answered-in-time.js';
import { recordOf } from './job-record.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import { DELAYED_SCORE_FACTOR } from './overdue-jobs.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';

const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'completed', 'failed'] as const;

const MINUTE_MS = 60_000;

export interface Throughput {
  readonly succeeded: number;
  readonly failed: number;
}

/** Whether a project's cancellations are sent; times are ISO 8601. */
export interface ProjectStatus {
  readonly project: string;
  readonly state: 'working' | ClosedState;
  /** Since when it is not `working`. */
  readonly since: string | null;
  /** When the next cancellation is let through to see whether it works again. */
  readonly nextProbeAt: string | null;
  /** Cancellations that wait for it. */
  readonly waiting: number;
}

/** How much waits, and for how long: what an operator watches. */
export interface QueueDepth {
  readonly counts: Readonly<Record<(typeof STATES)[number], number>>;
  /** How long the job at the head of the queue has been ready for a worker; null where none is. */
  readonly oldestReadyAgeMs: number | null;
  /** Delayed jobs whose time has come and that no worker has fetched. */
  readonly overdueDelayed: number;
  readonly workers: number;
  readonly paused: boolean;
  /** What has finished in the last minute and in the last five. */
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
          this.connection.redis.zcount(this.queue.toKey('delayed'), 0, now * DELAYED_SCORE_FACTOR),
          this.queue.getWorkersCount(),
          this.queue.isPaused(),
          this.finishedSince(now - MINUTE_MS),
          this.finishedSince(now - 5 * MINUTE_MS),
          closedGates(this.connection.redis, this.environment.QUEUE_PREFIX),
        ]);
      return {
        counts: counts as QueueDepth['counts'],
        // A job that was woken early is younger than its plan says.
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

  private async finishedSince(epochMs: number): Promise<Throughput> {
    const [succeeded, failed] = await Promise.all(
      ['completed', 'failed'].map((state) =>
        this.connection.redis.zcount(this.queue.toKey(state), epochMs, '+inf'),
      ),
    );
    return { succeeded: succeeded ?? 0, failed: failed ?? 0 };
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
