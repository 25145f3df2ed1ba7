import { Module } from '@nestjs/common';
import { CallbacksModule } from '../callbacks/callbacks.module.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import { GoneStreams } from '../evidence/gone-streams.js';
import { Gates } from '../gate/gates.js';
import { Lanes } from '../lane/lanes.js';
import { Cancellations } from '../queue/cancellations.js';
import { Retention } from '../queue/finished/retention.js';
import { Chunks } from '../queue/listing/chunks.js';
import { ListKeeper } from '../queue/listing/list-keeper.js';
import { Listing } from '../queue/listing/listing.js';
import { JobLocks } from '../queue/locks/job-locks.js';
import { Leases } from '../queue/leases.js';
import { WorkerQueues } from '../queue/connections/worker-queues.js';
import { WorkerConnectionModule } from '../queue/connections/worker.connection.js';
import { LockRenewal } from '../queue/locks/lock-renewal.js';
import { WorkerPulse } from '../queue/worker-pulse.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import { CancellationsProcessor } from './cancellations.processor.js';
import { CatchUp } from './catch-up.js';
import { EndReport } from './end-report.js';
import { Keeper } from './keeper.js';
import { Provider } from './provider.js';
import { CancellationRun } from './run.js';
import { Runs } from './runs.js';
import { Sending } from './sending.js';
import { RefusedAttempt } from './steps/refused.js';
import { WorkerMetrics } from './worker.metrics.js';

/** Takes cancellations from the queue, asks SignalWire to update their calls, and waits for evidence. */
@Module({
  imports: [WorkerConnectionModule, WorkerQueues, CallbacksModule],
  providers: [
    CancellationRun,
    Cancellations,
    CancellationsProcessor,
    CatchUp,
    Chunks,
    EndReport,
    EvidenceInbox,
    Gates,
    GoneStreams,
    JobLocks,
    Keeper,
    Lanes,
    Leases,
    Listing,
    ListKeeper,
    LockRenewal,
    Provider,
    RefusedAttempt,
    Retention,
    Runs,
    Sending,
    SignalWireClient,
    WorkerMetrics,
    WorkerPulse,
  ],
})
export class WorkerModule {}
