import { Module } from '@nestjs/common';
import { CancellationsModule } from '../cancellations/cancellations.module.js';
import { OperationsModule } from '../monitoring/operations.module.js';
import { QueueController } from '../monitoring/queue.controller.js';
import { QueueGauges } from '../monitoring/queue.gauges.js';

/** For internal services and operators: accepts cancellations, reads them back, shows the queue. */
@Module({
  imports: [CancellationsModule, OperationsModule],
  controllers: [QueueController],
  providers: [QueueGauges],
})
export class ApiModule {}
