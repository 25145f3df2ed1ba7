import { Inject, Injectable, Logger } from '@nestjs/common';
import { SIMULATOR_CONFIG } from './simulator.config.js';
import type { SimulatorConfig } from './simulator.config.js';

/** One line for every change of a call, with ids as fields and no secret. */
@Injectable()
export class ChangeLog {
  private readonly logger = new Logger('Simulator');

  constructor(@Inject(SIMULATOR_CONFIG) private readonly config: SimulatorConfig) {}

  write(message: string, fields: Readonly<Record<string, string | number | boolean | null>>): void {
    if (this.config.logChanges) this.logger.log(message, fields);
  }
}
