import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { mayKnow } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { redisTargetOf } from '../config/redis/redis.environment.js';
import { ROLES, ServiceEnvironment } from '../config/service.environment.js';
import type { Role } from '../config/service.environment.js';
import { answeredInTime } from '../queue/connections/answered-in-time.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { runningProcesses } from '../queue/processes/processes.js';
import type { ProcessReport } from '../queue/processes/own-process.js';
import { conditionOf } from './condition/condition.js';
import { Lookout } from './condition/lookout.js';
import { LEVELS } from './condition/observed.js';
import type { Condition, Level, Seen } from './condition/observed.js';
import { History } from './history/history.js';
import { historyViewOf } from './history/history.dto.js';
import type { QueueHistory } from './history/history.dto.js';
import { QueueDepth, QueueDepthReader } from './queue-depth.js';
import { explained } from './queue-outage.js';

/** A process of the service that runs now. Times are ISO 8601. */
export class RunningProcess {
  @ApiProperty({
    description: 'its host, its process ID there, and a random part',
    example: 'worker-1:1:9f3a',
  })
  readonly id: string;

  @ApiProperty({ enum: ROLES, isArray: true, description: 'what it does' })
  readonly roles: readonly Role[];

  @ApiProperty({ description: 'of the service', example: '0.2.0' })
  readonly version: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'when it started' })
  readonly startedAt: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'when its worker last asked Redis for a job and got an answer, with or without a job: at most 10 s ago where it has a free slot; ' +
      'null without the role `worker`',
  })
  readonly lastPickUpAt: string | null;
}

/** Whether stops reach their calls in time, in words. */
class QueueCondition implements Condition {
  @ApiProperty({
    enum: LEVELS,
    description:
      '`failing`: nothing gets through, or little of what should; `degraded`: something needs attention',
  })
  readonly level: Level;

  @ApiProperty({
    description: 'what is so; where something is wrong, the most important thing first',
    example: 'Stops reach their calls: 95 % of 40 within 80 ms in the last 5 minutes; nothing is waiting',
  })
  readonly message: string;

  @ApiProperty({ type: String, nullable: true, description: 'what to do; null if nothing' })
  readonly advice: string | null;
}

/** The queue, the processes that serve it, and how it is doing. */
export class QueueState extends QueueDepth {
  @ApiProperty({ description: 'whether it is healthy, for people' })
  readonly health: QueueCondition;

  @ApiProperty({
    type: [RunningProcess],
    description: 'those that run: one that dies is gone within 6 s, one that is stopped at once',
  })
  readonly processes: readonly RunningProcess[];
}

/** What is read, before anything is left out that a caller may not know. */
interface WholeQueue {
  readonly depth: QueueDepth;
  readonly processes: readonly ProcessReport[];
  readonly seen: Seen;
}

/** Tells operators how the queue is. */
@Injectable()
export class QueueStateReader {
  constructor(
    private readonly depth: QueueDepthReader,
    private readonly lookout: Lookout,
    private readonly samples: History,
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
  ) {}

  /**
   * What the caller may know.
   *
   * @throws {ApiError} `queue_unavailable`: it says what is wrong with Redis
   */
  async read(caller: Caller | null): Promise<QueueState> {
    return stateFor(caller, await this.look());
  }

  private look(): Promise<WholeQueue> {
    const { QUEUE_PREFIX } = this.environment;
    const { redis } = this.connection;
    return explained(this.connection, redisTargetOf(this.environment), async () => {
      const [depth, processes, seen] = await Promise.all([
        this.depth.read(),
        answeredInTime(this.connection, () => runningProcesses(redis, QUEUE_PREFIX)),
        answeredInTime(this.connection, () => this.lookout.look()),
      ]);
      return { depth, processes, seen };
    });
  }

  /** @throws {ApiError} `queue_unavailable`: it says what is wrong with Redis */
  async history(): Promise<QueueHistory> {
    const { connection, environment } = this;
    const samples = await explained(connection, redisTargetOf(environment), () =>
      answeredInTime(connection, () => this.samples.recent()),
    );
    return historyViewOf(samples);
  }
}

function stateFor(caller: Caller | null, { depth: whole, processes, seen }: WholeQueue): QueueState {
  const { projects, ...depth } = whole;
  const known = projects.filter(({ project }) => mayKnow(caller, project));
  const hiddenProjects = projects.filter(({ project }) => !mayKnow(caller, project));
  const workers = processes.filter(({ roles }) => roles.includes('worker'));
  const connectedWorkers = depth.workers;
  return {
    health: conditionOf({ ...depth, ...seen, projects: known, hiddenProjects, workers, connectedWorkers }),
    ...depth,
    projects: known,
    processes: processes.map(viewOf),
  };
}

const viewOf = ({ id, roles, version, startedAt, lastPickUpAt }: ProcessReport): RunningProcess => ({
  id,
  roles,
  version,
  startedAt: new Date(startedAt).toISOString(),
  lastPickUpAt: lastPickUpAt === null ? null : new Date(lastPickUpAt).toISOString(),
});
