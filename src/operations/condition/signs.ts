import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { failuresKey, unconfirmedKey } from '../../gate/gate-keys.js';
import { Projects } from '../../projects/projects.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { isWorkerThere } from '../../queue/connections/worker-sign.js';
import type { ProjectSigns, Seen } from './observed.js';

/** Looks for what workers leave in Redis before anything is wrong for certain. */
@Injectable()
export class Signs {
  constructor(
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
    private readonly projects: Projects,
  ) {}

  async read(): Promise<Pick<Seen, 'hasWorkerSign' | 'signs'>> {
    const [hasWorkerSign, ...signs] = await Promise.all([
      isWorkerThere(this.connection, this.environment.QUEUE_PREFIX),
      ...this.projects.all().map(({ name }) => this.of(name)),
    ]);
    return { hasWorkerSign, signs: new Map(signs) };
  }

  private async of(project: string): Promise<[string, ProjectSigns]> {
    const { redis } = this.connection;
    const prefix = this.environment.QUEUE_PREFIX;
    const [failedCalls, unfetchedCalls] = await Promise.all([
      redis.scard(failuresKey(prefix, project)),
      redis.zcount(unconfirmedKey(prefix, project), '+inf', '+inf'),
    ]);
    return [project, { failedCalls, unfetchedCalls }];
  }
}
