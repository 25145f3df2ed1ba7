import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { CLOSED_STATES } from '../cancellation/vocabulary.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { closedGates } from '../gate/closed-gates.js';
import type { ClosedGate } from '../gate/closed-gates.js';
import { waitingKey } from '../gate/gate-keys.js';
import { EVERYTHING, Pauses } from '../gate/pauses.js';
import type { Pause } from '../gate/pauses.js';
import { Projects } from '../projects/projects.js';
import { answeredInTime } from '../queue/connections/answered-in-time.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { QueueCounter } from '../queue/queue-counts.js';
import type { QueueCounts, Throughput } from '../queue/queue-counts.js';

export const PROJECT_STATES = ['working', ...CLOSED_STATES, 'paused'] as const;
type ProjectState = (typeof PROJECT_STATES)[number];

/** Whether a project's cancellations are being sent. Times are ISO 8601. */
export class ProjectStatus {
  @ApiProperty({ description: 'its name' })
  readonly project: string;

  @ApiProperty({
    enum: PROJECT_STATES,
    description:
      '`throttled`: SignalWire limits the rate; `unauthorized`: it refuses the credentials; `unavailable`: it does not answer; ' +
      '`undelivered`: it does not fetch documents; `paused`: an operator has paused it',
  })
  readonly state: ProjectState;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'since when it is not `working`',
  })
  readonly since: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'when the next cancellation is let through to see whether it works again',
  })
  readonly nextProbeAt: string | null;

  @ApiProperty({ description: 'how many cancellations wait for it' })
  readonly waiting: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'where it is paused, the name of the API key that paused it; null where none is required',
  })
  readonly pausedBy: string | null;
}

class ThroughputView implements Throughput {
  @ApiProperty({ type: 'integer', description: 'how many succeeded' })
  readonly succeeded: number;

  @ApiProperty({ type: 'integer', description: 'how many came to nothing' })
  readonly failed: number;
}

class RecentThroughput {
  @ApiProperty({ description: 'the last minute' })
  readonly lastMinute: ThroughputView;

  @ApiProperty({ description: 'the last five minutes' })
  readonly lastFiveMinutes: ThroughputView;
}

/** How much is waiting, for how long, and for which projects. */
export class QueueDepth implements QueueCounts {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    description: 'how many jobs there are, by state',
  })
  readonly counts: QueueCounts['counts'];

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'how long the job at the head of the queue has been ready for a worker; null if none is',
  })
  readonly oldestReadyAgeMs: number | null;

  @ApiProperty({
    description: 'delayed jobs that have been due for 5 s or longer, and that no worker has taken',
  })
  readonly overdueDelayed: number;

  @ApiProperty({ type: Number, nullable: true, description: 'null where Redis does not permit CLIENT LIST' })
  readonly workers: number | null;

  @ApiProperty({ description: 'whether everything is paused' })
  readonly paused: boolean;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'since when everything is paused',
  })
  readonly pausedAt: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'the name of the API key that paused everything; null where none is required',
  })
  readonly pausedBy: string | null;

  @ApiProperty({ description: 'how many have finished in the last minute and in the last five' })
  readonly throughput: RecentThroughput;

  @ApiProperty({ type: [ProjectStatus], description: 'those that the API key may know' })
  readonly projects: readonly ProjectStatus[];
}

@Injectable()
export class QueueDepthReader {
  private readonly pauses: Pauses;

  constructor(
    private readonly counter: QueueCounter,
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
    private readonly projects: Projects,
  ) {
    this.pauses = new Pauses(connection.redis, environment.QUEUE_PREFIX);
  }

  /** @throws {ApiError} `queue_unavailable` */
  read(): Promise<QueueDepth> {
    return answeredInTime(this.connection, async () => {
      const [counts, gates, pauses] = await Promise.all([
        this.counter.read(),
        this.gates(),
        this.pauses.all(),
      ]);
      const everything = pauses.get(EVERYTHING);
      return {
        ...counts,
        paused: counts.paused || everything !== undefined,
        pausedAt: everything === undefined ? null : new Date(everything.at).toISOString(),
        pausedBy: everything?.by ?? null,
        projects: await Promise.all(
          this.shown(pauses).map((name) => this.statusOf(name, gates.get(name), pauses)),
        ),
      };
    });
  }

  /** A pause that outlives its project must be seen, because it is there again when the project is. */
  private shown(pauses: ReadonlyMap<string, Pause>): string[] {
    const names = this.projects.all().map(({ name }) => name);
    const others = [...pauses.keys()].filter((name) => name !== EVERYTHING && !names.includes(name));
    return [...names, ...others.toSorted()];
  }

  private async statusOf(
    project: string,
    gate: ClosedGate | undefined,
    pauses: ReadonlyMap<string, Pause>,
  ): Promise<ProjectStatus> {
    const pause = pauses.get(project) ?? pauses.get(EVERYTHING);
    if (pause === undefined) return gateStatus(project, gate);
    const { redis } = this.connection;
    return {
      project,
      state: 'paused',
      since: new Date(pause.at).toISOString(),
      nextProbeAt: null,
      waiting: await redis.zcard(waitingKey(this.environment.QUEUE_PREFIX, project)),
      pausedBy: pause.by,
    };
  }

  private async gates(): Promise<Map<string, ClosedGate>> {
    const closed = await closedGates(this.connection.redis, this.environment.QUEUE_PREFIX);
    return new Map(closed.map((gate) => [gate.project, gate]));
  }
}

function gateStatus(project: string, gate: ClosedGate | undefined): ProjectStatus {
  if (gate === undefined)
    return { project, state: 'working', since: null, nextProbeAt: null, waiting: 0, pausedBy: null };
  const { state, since, probeAt, waiting } = gate;
  return {
    project,
    state,
    since: new Date(since).toISOString(),
    nextProbeAt: new Date(probeAt).toISOString(),
    waiting,
    pausedBy: null,
  };
}
