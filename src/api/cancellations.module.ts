import { Module } from '@nestjs/common';
import { ApiConnection, ApiConnectionModule } from '../queue/api.connection.js';
import { Cancellations } from '../queue/cancellations.js';
import { QueueDepthReader } from '../queue/queue-depth.js';
import { CancellationsQueueModule } from '../queue/queue.module.js';
import { Idempotency } from './accept/idempotency.js';
import { RequestAcceptor } from './accept/request-acceptor.js';
import { RequestResolver } from './accept/request-resolver.js';
import { BatchesController } from './batches.controller.js';
import { CancellationViews } from './cancellation-views.js';
import { CancellationsController } from './cancellations.controller.js';

const QueueModule = CancellationsQueueModule.on(ApiConnectionModule, ApiConnection);

@Module({
  imports: [ApiConnectionModule, QueueModule],
  controllers: [BatchesController, CancellationsController],
  providers: [
    Cancellations,
    CancellationViews,
    Idempotency,
    QueueDepthReader,
    RequestAcceptor,
    RequestResolver,
  ],
  exports: [QueueModule, QueueDepthReader],
})
export class CancellationsModule {}
