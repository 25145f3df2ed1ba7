import { Injectable } from '@nestjs/common';
import { mayKnow } from '../access/caller.js';
import type { Caller } from '../access/caller.js';
import { Reopening } from '../gate/reopening.js';
import { Projects } from '../projects/projects.js';
import { answeredInTime } from '../queue/connections/answered-in-time.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { QueueDepthReader } from './queue-depth.js';
import type { ProjectStatus } from './queue-depth.js';
import { ProjectNotFoundError } from './resume.dto.js';

/** What an operator can do about a project that nothing is sent for. */
@Injectable()
export class ProjectResumption {
  constructor(
    private readonly reopening: Reopening,
    private readonly connection: ApiConnection,
    private readonly projects: Projects,
    private readonly depth: QueueDepthReader,
  ) {}

  /**
   * @returns the project's state afterwards
   * @throws {ProjectNotFoundError} also for one that the caller may not know
   * @throws {QueueUnavailableError}
   */
  async resume(project: string, caller: Caller | null): Promise<ProjectStatus> {
    if (this.projects.get(project) === undefined || !mayKnow(caller, project))
      throw new ProjectNotFoundError(project);
    await answeredInTime(this.connection, () => this.reopening.resume(project, caller?.name ?? null));
    return this.depth.ofProject(project);
  }
}
