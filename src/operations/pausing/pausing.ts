import { Injectable } from '@nestjs/common';
import { mayKnow } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { ForbiddenScopeError } from '../../access/needs-scope.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { EVERYTHING, Pauses } from '../../gate/pauses.js';
import { Reopening } from '../../gate/reopening.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { audited } from '../../platform/logging/audit.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { Projects } from '../../projects/projects.js';
import { Cancellations } from '../../queue/cancellations.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';

/** Lets operators stop the sending and start it again. Attempts under way finish, and deadlines go on running. */
@Injectable()
export class Pausing {
  private readonly pauses: Pauses;

  constructor(
    private readonly reopening: Reopening,
    private readonly cancellations: Cancellations,
    private readonly connection: ApiConnection,
    private readonly projects: Projects,
    private readonly clock: SharedClock,
    environment: ServiceEnvironment,
  ) {
    this.pauses = new Pauses(connection.redis, environment.QUEUE_PREFIX);
  }

  /**
   * @param project everything if undefined
   * @throws {ApiError} `project_not_found`: also for one that the caller may not know
   * @throws {ForbiddenScopeError} the caller is limited to projects, and means everything
   * @throws {ApiError} `queue_unavailable`
   */
  async pause(project: string | undefined, caller: Caller | null): Promise<void> {
    const by = caller?.name ?? null;
    await audited(
      { name: 'pause', by, project: project ?? null },
      async () => {
        const scope = scopeOf(project, caller);
        this.expectConfigured(project);
        const pause = { by, at: this.clock.now() };
        return answeredInTime(this.connection, () => this.pauses.pause(scope, pause));
      },
      (isNew) => ({ result: isNew ? 'done' : 'unchanged' }),
    );
  }

  /**
   * Ends a pause, also of a project that is no longer configured. One that is `undelivered` or `unauthorized` is tried
   * at once.
   *
   * @param project everything if undefined
   * @throws {ApiError} `project_not_found`: also for one that the caller may not know
   * @throws {ForbiddenScopeError} the caller is limited to projects, and means everything
   * @throws {ApiError} `queue_unavailable`
   */
  async resume(project: string | undefined, caller: Caller | null): Promise<void> {
    await audited(
      { name: 'resume', by: caller?.name ?? null, project: project ?? null },
      async () => {
        const scope = scopeOf(project, caller);
        return answeredInTime(this.connection, async () => {
          const wasPaused = await this.pauses.resume(scope);
          if (project === undefined)
            return (await this.cancellations.resume()) || wasPaused ? 'paused' : null;
          if (!wasPaused) this.expectConfigured(project);
          const ended = await this.reopening.resume(project);
          return wasPaused ? 'paused' : ended;
        });
      },
      (was) => ({ result: was === null ? 'unchanged' : 'done', was }),
    );
  }

  private expectConfigured(project: string | undefined): void {
    if (project !== undefined && this.projects.get(project) === undefined) throw projectNotFound(project);
  }
}

const projectNotFound = (project: string): ApiError =>
  new ApiError(PROBLEMS.project_not_found, `there is no project ${project}`);

/** What is paused, as it is kept. */
function scopeOf(project: string | undefined, caller: Caller | null): string {
  if (project !== undefined) {
    if (!mayKnow(caller, project)) throw projectNotFound(project);
    return project;
  }
  if (caller !== null && caller.projects !== null)
    throw new ForbiddenScopeError(
      'operate',
      'this API key is limited to some projects, so that it cannot pause or resume everything; name a project',
    );
  return EVERYTHING;
}
