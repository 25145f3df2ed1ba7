import { Injectable } from '@nestjs/common';
import { callbackEventOf } from '../cancellation/callback/callback.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { viewOf } from '../cancellation/view.js';
import { warningsOf } from '../cancellation/warnings.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { hasFallbackEnd } from '../evidence/fallback-ends.js';
import { Projects } from '../projects/projects.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { Templates } from '../templates/templates.js';

/** Writes the bodies of callbacks. */
@Injectable()
export class Payloads {
  constructor(
    private readonly connection: WorkerConnection,
    private readonly projects: Projects,
    private readonly templates: Templates,
    private readonly environment: ServiceEnvironment,
  ) {}

  /**
   * @returns JSON: what has happened, when, and the cancellation as the API shows it, before any attempt to report it
   */
  async of(ended: StoredCancellation): Promise<string> {
    const isEndedByFallback = await hasFallbackEnd(
      this.connection.redis,
      this.environment.QUEUE_PREFIX,
      ended.id,
    );
    const project = this.projects.get(ended.data.project);
    const data = viewOf(ended, warningsOf(ended, project, this.templates, isEndedByFallback));
    return JSON.stringify({ type: callbackEventOf(data.status), timestamp: data.finishedAt, data });
  }
}
