import { BullBoardModule } from '@bull-board/nestjs';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { Module } from '@nestjs/common';
import { CancellationsModule } from '../cancellations/cancellations.module.js';
import { CANCELLATIONS_QUEUE } from '../cancellations/cancellations.queue.js';
import { OperationsModule } from '../monitoring/operations.module.js';
import { QueueController } from '../monitoring/queue.controller.js';
import { QueueGauges } from '../monitoring/queue.gauges.js';

/** For internal services and operators: accepts cancellations, reads them back, shows the queue. */
@Module({
  imports: [
    CancellationsModule,
    OperationsModule,
    BullBoardModule.forRoot({ route: '/dashboard', adapter: FastifyAdapter }),
    BullBoardModule.forFeature({
      name: CANCELLATIONS_QUEUE,
      adapter: BullMQAdapter,
      options: { readOnlyMode: true },
    }),
  ],
  controllers: [QueueController],
  providers: [QueueGauges],
})
export class ApiModule {}
