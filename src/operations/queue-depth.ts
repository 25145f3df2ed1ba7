import { Injectable } from '@nestjs/common';
import type { ClosedState } from '../cancellation/vocabulary.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { closedGates } from '../gate/gate-state.js';
import type { ClosedGate } from '../gate/gate-state.js';
import { Projects } from '../projects/projects.js';
import { answeredInTime } from '../queue/connections/answered-in-time.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { QueueCounter } from '../queue/queue-counts.js';
import type { QueueCounts } from '../queue/queue-counts.js';

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

/** How much is waiting, for how long, and for which projects. */
export interface QueueDepth extends QueueCounts {
  readonly projects: readonly ProjectStatus[];
}

@Injectable()
export class QueueDepthReader {
  constructor(
    private readonly counter: QueueCounter,
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
    private readonly projects: Projects,
  ) {}

  /** @throws {QueueUnavailableError} */
  read(): Promise<QueueDepth> {
    return answeredInTime(this.connection, async () => {
      const [counts, closed] = await Promise.all([
        this.counter.read(),
        closedGates(this.connection.redis, this.environment.QUEUE_PREFIX),
      ]);
      const gates = new Map(closed.map((gate) => [gate.project, gate]));
      return { ...counts, projects: this.projects.all().map(({ name }) => statusOf(name, gates.get(name))) };
    });
  }
}

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
