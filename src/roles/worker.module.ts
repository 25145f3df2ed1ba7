import { Module } from '@nestjs/common';
import { CancellationsQueueModule } from '../cancellations/cancellations-queue.module.js';
import { CancellationsProcessor } from '../cancellations/cancellations.processor.js';
import { WorkerPulse } from '../cancellations/worker-pulse.js';
import { StopLinks } from '../documents/stop-links.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import { WorkerConnection, WorkerConnectionModule } from '../redis/worker.connection.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';

/** Takes cancellations from the queue, asks SignalWire to update their calls and waits for evidence. */
@Module({
  imports: [WorkerConnectionModule, CancellationsQueueModule.on(WorkerConnectionModule, WorkerConnection)],
  providers: [CancellationsProcessor, WorkerPulse, EvidenceInbox, SignalWireClient, StopLinks],
})
export class WorkerModule {}
