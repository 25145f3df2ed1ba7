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
   * @param by the name of the API key; null where none is required
   * @param wasPaused an operator had paused it until now
   */
  async resume(project: string, by: string | null, wasPaused: boolean): Promise<void> {
    const ended = await this.state.reopen(project, ['undelivered', 'unauthorized']);
    const was = wasPaused ? 'paused' : (ended ?? 'working');
    this.logger.log('project resumed', { audit: true, by, project, was });
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
