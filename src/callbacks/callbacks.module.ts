import { Module } from '@nestjs/common';
import { Cancellations } from '../queue/cancellations.js';
import { CallbackJobs } from '../queue/callbacks/callback-jobs.js';
import { WorkerConnectionModule } from '../queue/connections/worker.connection.js';
import { Chunks } from '../queue/listing/chunks.js';
import { Listing } from '../queue/listing/listing.js';
import { Lists } from '../queue/listing/lists.js';
import { WorkerQueues } from '../queue/connections/worker-queues.js';
import { CallbackClient } from './callback-client.js';
import { CallbackReport } from './callback.report.js';
import { CallbackSweep } from './callback-sweep.js';
import { CallbacksProcessor } from './callbacks.processor.js';
import { Deliveries } from './deliveries.js';
import { Payloads } from './payloads.js';

/** Reports the ends of cancellations to the addresses that their requests named. Part of the role worker. */
@Module({
  imports: [WorkerConnectionModule, WorkerQueues],
  providers: [
    CallbackClient,
    CallbackJobs,
    CallbackReport,
    CallbacksProcessor,
    CallbackSweep,
    Cancellations,
    Chunks,
    Deliveries,
    Listing,
    Lists,
    Payloads,
  ],
  exports: [CallbackJobs],
})
export class CallbacksModule {}
