import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { endedAfterUpdate } from '../cancellation/effect.js';
import type { Attempt } from '../cancellation/record.js';
import { evidenceIn } from '../cancellation/view.js';
import type { CancellationView } from '../cancellation/view.js';
import { FAILURE_CODES, STRATEGIES } from '../cancellation/vocabulary.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Projects } from '../projects/projects.js';
import { stoppedAt } from '../cancellation/proof.js';
import { isMet, leakedMs, OBJECTIVES } from './stop-time.js';
import type { End } from './stop-time.js';

/** With what evidence cancellations can end. One that took its worker down fails with whatever was known by then. */
const ENDS: Readonly<Record<End['status'], readonly CancellationView['evidence'][]>> = {
  succeeded: ['accepted', 'document_fetched', 'stream_stopped', 'call_ended'],
  failed: ['none', 'accepted', 'document_fetched', 'stream_stopped', 'call_ended'],
  expired: ['none', 'accepted', 'document_fetched'],
  withdrawn: ['none', 'accepted', 'document_fetched', 'stream_stopped', 'call_ended'],
};

/** What the worker counts: one increment of each where the change is written down anyway. */
@Injectable()
export class WorkerMetrics {
  private readonly attempts: Counter<'outcome' | 'strategy'>;
  private readonly cancellations: Counter<'status' | 'evidence'>;
  private readonly endedAfterUpdate: Counter<'project'>;
  private readonly leaked: Counter<'project'>;
  private readonly objectives: Counter<'project' | 'objective' | 'result'>;
  private readonly timeToStop: Histogram;

  constructor({ registry }: Metrics, projects: Projects) {
    const registers = [registry];
    const projectNames = (): string[] => projects.all().map(({ name }) => name);
    this.attempts = new Counter({
      name: 'streamstop_attempts_total',
      help: 'POSTs to SignalWire, by outcome (accepted or the error) and strategy (update_call or stream_resource)',
      labelNames: ['outcome', 'strategy'],
      registers,
    });
    for (const strategy of STRATEGIES)
      for (const outcome of ['accepted', ...FAILURE_CODES] as const)
        if (strategy !== 'auto' && outcome !== 'poisoned') this.attempts.inc({ outcome, strategy }, 0);
    this.cancellations = new Counter({
      name: 'streamstop_cancellations_total',
      help: 'Finished cancellations, by status (succeeded, failed, expired or withdrawn) and by their evidence',
      labelNames: ['status', 'evidence'],
      registers,
    });
    for (const [status, levels] of Object.entries(ENDS))
      for (const evidence of levels) this.cancellations.inc({ status, evidence }, 0);
    this.endedAfterUpdate = new Counter({
      name: 'streamstop_call_ended_after_update_total',
      help: 'Cancellations whose call ended after an accepted update, before its document was fetched, by project',
      labelNames: ['project'],
      registers,
      collect() {
        for (const project of projectNames()) this.inc({ project }, 0);
      },
    });
    this.leaked = new Counter({
      name: 'streamstop_leaked_stream_seconds_total',
      help: 'How long streams went on after their stop was accepted, until they stopped or their cancellation ended, by project',
      labelNames: ['project'],
      registers,
      collect() {
        for (const project of projectNames()) this.inc({ project }, 0);
      },
    });
    this.objectives = new Counter({
      name: 'streamstop_slo_cancellations_total',
      help: `Finished cancellations that had something to stop, by project, by objective (${OBJECTIVES.join(', ')}), and whether they met it (met, missed)`,
      labelNames: ['project', 'objective', 'result'],
      registers,
      collect() {
        for (const project of projectNames())
          for (const objective of OBJECTIVES)
            for (const result of ['met', 'missed']) this.inc({ project, objective, result }, 0);
      },
    });
    this.timeToStop = new Histogram({
      name: 'streamstop_time_to_stop_seconds',
      help: 'From the acceptance of a cancellation to the fetch of its stop document or the report that its stream stopped',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
  }

  attempted({ outcome, strategy }: Pick<Attempt, 'outcome' | 'strategy'>): void {
    this.attempts.inc({ outcome, strategy });
  }

  ended(project: string, end: End): void {
    const { status, record, createdAt } = end;
    this.cancellations.inc({ status, evidence: evidenceIn(record) });
    this.leaked.inc({ project }, leakedMs(end) / 1000);
    for (const objective of OBJECTIVES) {
      const met = isMet(objective, end);
      if (met !== null) this.objectives.inc({ project, objective, result: met ? 'met' : 'missed' });
    }
    if (status !== 'succeeded') return;
    const at = stoppedAt(record);
    if (at !== null) this.timeToStop.observe((at - createdAt) / 1000);
    if (endedAfterUpdate(record)) this.endedAfterUpdate.inc({ project });
  }
}
