import { Injectable, Logger } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Projects } from '../projects/projects.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { DeliveryState } from './delivery-state.js';

/** Opens gates on the word of somebody other than SignalWire. The next request then shows whether it was right. */
@Injectable()
export class Reopening {
  private readonly logger = new Logger(Reopening.name);
  private readonly state: DeliveryState;

  constructor(
    { redis }: ApiConnection,
    { QUEUE_PREFIX }: ServiceEnvironment,
    private readonly projects: Projects,
  ) {
    this.state = new DeliveryState(redis, QUEUE_PREFIX);
  }

  /**
   * An operator wants the project to be tried again.
   *
   * @returns the state that it was in; null if nothing was stopped
   */
  resume(project: string): ReturnType<DeliveryState['reopen']> {
    return this.state.reopen(project, ['undelivered', 'unauthorized']);
  }

  /** The setup check has reached this deployment at its public address. Never rejects. */
  async addressWorks(): Promise<void> {
    for (const { name: project } of this.projects.all()) {
      const ended = await this.state.reopen(project, ['undelivered']).catch(() => null);
      if (ended !== null)
        this.logger.log('project tried again: PUBLIC_URL passed the setup check', { project, was: ended });
    }
  }
}
