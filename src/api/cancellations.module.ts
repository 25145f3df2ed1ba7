import { Module } from '@nestjs/common';
import { ApiConnection, ApiConnectionModule } from '../queue/api.connection.js';
import { Accepting } from './accepting.js';
import { BatchesController } from './batches.controller.js';
import { Batches } from './batches.js';
import { CancellationViews } from './cancellation-views.js';
import { CancellationsQueueModule } from '../queue/queue.module.js';
import { CancellationsController } from './cancellations.controller.js';
import { CancellationsService } from './cancellations.service.js';
import { Enqueueing } from './enqueueing.js';
import { Idempotency } from './idempotency.js';
import { KeyedEnqueueing } from './keyed-enqueueing.js';
import { QueueDepthReader } from '../queue/queue-depth.js';
import { RequestedStreams } from './requested-streams.js';
import { SeveralStreams } from './several-streams.js';
import { Told } from './told.js';
import { Withdrawals } from './withdrawals.js';

const QueueModule = CancellationsQueueModule.on(ApiConnectionModule, ApiConnection);

@Module({
  imports: [ApiConnectionModule, QueueModule],
  controllers: [BatchesController, CancellationsController],
  providers: [
    Accepting,
    Batches,
    CancellationViews,
    CancellationsService,
    Enqueueing,
    Idempotency,
    KeyedEnqueueing,
    QueueDepthReader,
    RequestedStreams,
    SeveralStreams,
    Told,
    Withdrawals,
  ],
  exports: [QueueModule, QueueDepthReader],
})
export class CancellationsModule {}
