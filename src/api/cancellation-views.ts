import { Injectable } from '@nestjs/common';
import { Projects } from '../projects/projects.js';
import { Templates } from '../templates/templates.js';
import type { Cancellation } from './cancellation.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import { viewOf } from '../cancellation/view.js';
import { storedCancellation } from '../queue/job-record.js';
import { warningsOf } from '../cancellation/warnings.js';

/** Shows cancellations to internal services, with what these are to be warned of as things are configured now. */
@Injectable()
export class CancellationViews {
  constructor(
    private readonly projects: Projects,
    private readonly templates: Templates,
  ) {}

  /** @param state the job's state in BullMQ, read no later than the job */
  of(job: CancellationJob, state: string): Cancellation {
    const project = this.projects.get(job.data.project);
    const stored = storedCancellation(job, state);
    return viewOf(stored, warningsOf(stored, project, this.templates));
  }
}
