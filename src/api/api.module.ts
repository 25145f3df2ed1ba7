import { Module } from '@nestjs/common';
import { CancellationsModule } from './cancellations.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { QueueController } from '../operations/queue.controller.js';
import { QueueGauges } from '../operations/queue.gauges.js';

/** For internal services and operators: accepts cancellations, reads them back, shows the queue. */
@Module({
  imports: [CancellationsModule, OperationsModule],
  controllers: [QueueController],
  providers: [QueueGauges],
})
export class ApiModule {}
