import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import { Projects } from '../projects/projects.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { WorkerConnection } from '../queue/worker.connection.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import { Admission } from '../gate/admission.js';
import { Attempts } from './attempts.js';
import { CallLanes } from '../lane/call-lanes.js';
import { CancellationsKeeper } from '../queue/keeper.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import type { CancellationQueue } from '../queue/cancellations.queue.js';
import { Companions } from '../lane/companions.js';
import { Confirmation } from './confirmation.js';
import { EndedRuns } from './ended-runs.js';
import { JobRecords } from '../queue/job-records.js';
import { RunLocks } from '../queue/run-locks.js';
import { WorkerMetrics } from './worker.metrics.js';

/** What the runs of a worker have in common. */
@Injectable()
export class RunParts {
  readonly records: JobRecords;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) queue: CancellationQueue,
    connection: WorkerConnection,
    readonly environment: ServiceEnvironment,
    readonly projects: Projects,
    readonly clock: SharedClock,
    readonly lanes: CallLanes,
    readonly companions: Companions,
    readonly admission: Admission,
    readonly keeper: CancellationsKeeper,
    readonly attempts: Attempts,
    readonly signalwire: SignalWireClient,
    readonly inbox: EvidenceInbox,
    readonly confirmation: Confirmation,
    readonly metrics: WorkerMetrics,
    readonly locks: RunLocks,
    readonly ended: EndedRuns,
  ) {
    this.records = new JobRecords(connection.redis, (type) => queue.toKey(type));
  }
}
