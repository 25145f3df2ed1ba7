import { Module } from '@nestjs/common';
import { CancellationsQueueModule } from '../cancellations/cancellations-queue.module.js';
import { CancellationsKeeper } from '../cancellations/cancellations.keeper.js';
import { CancellationsProcessor } from '../cancellations/cancellations.processor.js';
import { EndedRuns } from '../cancellations/ended-runs.js';
import { RunLocks } from '../cancellations/run-locks.js';
import { RunParts } from '../cancellations/run-parts.js';
import { Admission } from '../cancellations/admission.js';
import { Attempts } from '../cancellations/attempts.js';
import { CallLanes } from '../cancellations/call-lanes.js';
import { Companions } from '../cancellations/companions.js';
import { Canary } from '../cancellations/canary.js';
import { Confirmation } from '../cancellations/confirmation.js';
import { WorkerPulse } from '../cancellations/worker-pulse.js';
import { BinFetches } from '../evidence/bin-fetches.js';
import { StopLinks } from '../links/stop-links.js';
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
    StopLinks,
    WorkerPulse,
  ],
})
export class WorkerModule {}
