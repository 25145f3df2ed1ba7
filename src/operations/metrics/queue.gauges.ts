import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { PROJECT_STATES, QueueDepthReader } from '../queue-depth.js';
import { Metrics } from '../../platform/metrics/metrics.js';

/**
 * The queue's depth for Prometheus. While Redis is away, the series are absent rather than wrong, because a 0 would
 * have an autoscaler stop the workers; `streamstop_queue_reachable` is then 0. Each process shows the whole queue.
 */
@Injectable()
export class QueueGauges implements OnModuleInit {
  private readonly reachable: Gauge;
  private readonly jobs: Gauge<'state'>;
  private readonly oldestReadyAge: Gauge;
  private readonly overdueDelayed: Gauge;
  private readonly workers: Gauge;
  private readonly paused: Gauge;
  private readonly projectStates: Gauge<'project' | 'state'>;
  private readonly projectWaiting: Gauge<'project'>;
  private readonly pausedSince: Gauge<'project'>;

  constructor(
    private readonly metrics: Metrics,
    private readonly depth: QueueDepthReader,
  ) {
    const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> =>
      new Gauge({ name: `streamstop_${name}`, help, labelNames, registers: [metrics.registry] });
    this.reachable = gauge('queue_reachable', 'Whether the queue could be read for this scrape: 1 or 0');
    this.oldestReadyAge = gauge(
      'oldest_ready_age_seconds',
      'How long the oldest job ready for a worker has waited',
    );
    this.overdueDelayed = gauge(
      'overdue_delayed_jobs',
      'Delayed jobs that have been due for 5 s or longer, and that no worker has taken',
    );
    this.workers = gauge('workers', 'Workers connected to the queue');
    this.paused = gauge('queue_paused', 'Whether the queue is paused: 1 or 0');
    this.jobs = gauge('jobs', 'Jobs by state', 'state');
    this.projectStates = gauge(
      'project_state',
      `Which state a project is in: 1 for that one, of ${PROJECT_STATES.join(', ')}`,
      'project',
      'state',
    );
    this.projectWaiting = gauge(
      'project_waiting_jobs',
      'Cancellations that wait until their project works again',
      'project',
    );
    this.pausedSince = gauge(
      'project_paused_since_seconds',
      'When a project that is paused, or everything with it, was paused, in seconds since 1970; 0 if it is not paused',
      'project',
    );
  }

  onModuleInit(): void {
    this.metrics.beforeScrape(() => this.refresh());
  }

  private async refresh(): Promise<void> {
    const depth = await this.depth.read().catch(() => null);
    this.reachable.set(depth === null ? 0 : 1);
    this.projectStates.reset();
    this.projectWaiting.reset();
    this.pausedSince.reset();
    if (depth === null) {
      this.jobs.reset();
      for (const gauge of [this.oldestReadyAge, this.overdueDelayed, this.workers, this.paused])
        gauge.remove();
      return;
    }
    for (const [state, count] of Object.entries(depth.counts)) this.jobs.set({ state }, count);
    this.oldestReadyAge.set((depth.oldestReadyAgeMs ?? 0) / 1000);
    this.overdueDelayed.set(depth.overdueDelayed);
    if (depth.workers === null) this.workers.remove();
    else this.workers.set(depth.workers);
    this.paused.set(depth.paused ? 1 : 0);
    for (const { project, state, waiting, since } of depth.projects) {
      for (const one of PROJECT_STATES)
        this.projectStates.set({ project, state: one }, one === state ? 1 : 0);
      this.projectWaiting.set({ project }, waiting);
      const pausedAt = state === 'paused' && since !== null ? Date.parse(since) : 0;
      this.pausedSince.set({ project }, pausedAt / 1000);
    }
  }
}
