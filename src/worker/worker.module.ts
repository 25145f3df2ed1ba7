import { Module } from '@nestjs/common';
import { CancellationsQueueModule } from '../queue/queue.module.js';
import { CancellationsKeeper } from '../queue/keeper.js';
import { CancellationsProcessor } from './cancellations.processor.js';
import { EndedRuns } from './ended-runs.js';
import { RunLocks } from '../queue/run-locks.js';
import { RunParts } from './run-parts.js';
import { Admission } from '../gate/admission.js';
import { Attempts } from './attempts.js';
import { CallLanes } from '../lane/call-lanes.js';
import { Companions } from '../lane/companions.js';
import { Canary } from '../queue/canary.js';
import { Confirmation } from './confirmation.js';
import { WorkerMetrics } from './worker.metrics.js';
import { WorkerPulse } from '../queue/worker-pulse.js';
import { BinFetches } from '../evidence/bin-fetches.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import { GoneStreams } from '../evidence/gone-streams.js';
import { WorkerConnection, WorkerConnectionModule } from '../queue/worker.connection.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';

/** Takes cancellations from the queue, asks SignalWire to update their calls and waits for evidence. */
@Module({
  imports: [WorkerConnectionModule, CancellationsQueueModule.on(WorkerConnectionModule, WorkerConnection)],
  providers: [
    Admission,
    Attempts,
    BinFetches,
    CallLanes,
    Companions,
    Canary,
    CancellationsKeeper,
    CancellationsProcessor,
    Confirmation,
    EndedRuns,
    EvidenceInbox,
    GoneStreams,
    RunLocks,
    RunParts,
    SignalWireClient,
    WorkerMetrics,
    WorkerPulse,
  ],
})
export class WorkerModule {}
