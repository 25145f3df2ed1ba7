import { Module } from '@nestjs/common';
import { Register } from '../lane/register.js';
import { OperationsModule } from '../operations/operations.module.js';
import { DeliveryWatch } from '../operations/delivery-watch.js';
import { ProjectResumption } from '../operations/project-resumption.js';
import { QueueController } from '../operations/queue.controller.js';
import { QueueDepthReader } from '../operations/queue-depth.js';
import { WorkerWatch } from '../operations/worker-watch.js';
import { QueueGauges } from '../operations/queue.gauges.js';
import { ApiConnection, ApiConnectionModule } from '../queue/connections/api.connection.js';
import { Cancellations } from '../queue/cancellations.js';
import { QueueCounter } from '../queue/queue-counts.js';
import { CancellationsQueueModule } from '../queue/queue.module.js';
import { SetupController } from '../setup/setup.controller.js';
import { SetupModule } from '../setup/setup.module.js';
import { Idempotency } from './accept/idempotency.js';
import { RequestAcceptor } from './accept/request-acceptor.js';
import { RequestResolver } from './accept/request-resolver.js';
import { StreamsOfCalls } from './accept/streams-of-calls.js';
import { BatchesController } from './batches.controller.js';
import { CancellationViews } from './cancellation-views.js';
import { CancellationsController } from './cancellations.controller.js';

/** For internal services and operators: accepts cancellations, reads them back, shows the queue. */
@Module({
  imports: [
    ApiConnectionModule,
    CancellationsQueueModule.on(ApiConnectionModule, ApiConnection),
    OperationsModule,
    SetupModule,
  ],
  controllers: [BatchesController, CancellationsController, QueueController, SetupController],
  providers: [
    Cancellations,
    CancellationViews,
    DeliveryWatch,
    Idempotency,
    ProjectResumption,
    QueueCounter,
    QueueDepthReader,
    QueueGauges,
    Register,
    RequestAcceptor,
    RequestResolver,
    StreamsOfCalls,
    WorkerWatch,
  ],
})
export class ApiModule {}
