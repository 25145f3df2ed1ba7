import { Module } from '@nestjs/common';
import { Sessions } from '../access/sessions.js';
import { Register } from '../lane/register.js';
import { OperationsModule } from '../operations/operations.module.js';
import { DeliveryWatch } from '../operations/delivery-watch.js';
import { Lookout } from '../operations/condition/lookout.js';
import { RedisWatch } from '../operations/condition/redis-watch.js';
import { Signs } from '../operations/condition/signs.js';
import { History } from '../operations/history/history.js';
import { Sampler } from '../operations/history/sampler.js';
import { Pausing } from '../operations/pausing/pausing.js';
import { QueueController } from '../operations/queue.controller.js';
import { QueueDepthReader } from '../operations/queue-depth.js';
import { QueueStateReader } from '../operations/queue-state.js';
import { WorkerWatch } from '../operations/worker-watch.js';
import { QueueGauges } from '../operations/metrics/queue.gauges.js';
import { ProofSigner } from '../proof/proof-signer.js';
import { ApiConnection, ApiConnectionModule } from '../queue/connections/api.connection.js';
import { CallbackJobs } from '../queue/callbacks/callback-jobs.js';
import { Cancellations } from '../queue/cancellations.js';
import { ChangeFeed } from '../queue/changes/change-feed.js';
import { EndedJobsReader } from '../queue/finished/ended-jobs.js';
import { Withdrawals } from '../queue/finished/withdrawals.js';
import { Chunks } from '../queue/listing/chunks.js';
import { Listing } from '../queue/listing/listing.js';
import { Lists } from '../queue/listing/lists.js';
import { QueueCounter } from '../queue/queue-counts.js';
import { CancellationsQueueModule } from '../queue/queue.module.js';
import { SetupController } from '../setup/setup.controller.js';
import { SetupModule } from '../setup/setup.module.js';
import { ActionsController } from './actions/actions.controller.js';
import { BulkActions } from './actions/bulk-actions.js';
import { CallbackRetrying } from './actions/callback-retrying.js';
import { Retrying } from './actions/retrying.js';
import { Withdrawing } from './actions/withdrawing.js';
import { Idempotency } from './accept/idempotency.js';
import { RequestAcceptor } from './accept/request-acceptor.js';
import { RequestResolver } from './accept/request-resolver.js';
import { StreamsOfCalls } from './accept/streams-of-calls.js';
import { BatchesController } from './batches.controller.js';
import { CancellationViews } from './cancellation-views.js';
import { CancellationsController } from './cancellations.controller.js';
import { EventStreams } from './watching/event-streams.js';
import { EventsController } from './watching/events.controller.js';
import { Waiting } from './watching/waiting.js';
import { ProofController } from './proof/proof.controller.js';
import { ListsController } from './lists/lists.controller.js';
import { SessionController } from './session/session.controller.js';
import { ProblemsController } from './problems.controller.js';

/** For internal services and operators: accepts cancellations, reads them back, shows the queue. */
@Module({
  imports: [
    ApiConnectionModule,
    CancellationsQueueModule.on(ApiConnectionModule, ApiConnection),
    OperationsModule,
    SetupModule,
  ],
  controllers: [
    // In the order of the API description.
    CancellationsController,
    BatchesController,
    ListsController,
    ActionsController,
    ProofController,
    EventsController,
    QueueController,
    SetupController,
    SessionController,
    ProblemsController,
  ],
  providers: [
    BulkActions,
    CallbackJobs,
    CallbackRetrying,
    Cancellations,
    CancellationViews,
    ChangeFeed,
    Chunks,
    DeliveryWatch,
    EndedJobsReader,
    EventStreams,
    History,
    Idempotency,
    Listing,
    Lists,
    Lookout,
    Pausing,
    ProofSigner,
    QueueCounter,
    QueueDepthReader,
    QueueGauges,
    QueueStateReader,
    RedisWatch,
    Register,
    RequestAcceptor,
    RequestResolver,
    Retrying,
    Sessions,
    Sampler,
    Signs,
    StreamsOfCalls,
    Withdrawals,
    Waiting,
    Withdrawing,
    WorkerWatch,
  ],
})
export class ApiModule {}
