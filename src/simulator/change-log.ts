import { Inject, Injectable, Logger } from '@nestjs/common';
import { ChangeFeed } from './events/change-feed.js';
import type { ChangeLine } from './events/change-feed.js';
import { SIMULATOR_CONFIG } from './simulator.config.js';
import type { SimulatorConfig } from './simulator.config.js';

/** Logs and publishes one line per change, with ids as fields and without secrets. */
@Injectable()
export class ChangeLog {
  private readonly logger = new Logger('Simulator');

  constructor(
    private readonly feed: ChangeFeed,
    @Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig,
  ) {}

  write(message: string, fields: ChangeLine['fields']): void {
    this.feed.lineWritten({ at: new Date().toISOString(), message, fields });
    if (this.config.logChanges) this.logger.log(message, fields);
  }
}
