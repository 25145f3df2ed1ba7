import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { CancellationsController } from './cancellations.controller.js';
import { DocumentsController } from './documents.controller.js';
import { settings } from './settings.js';
import { JOB_OPTIONS, STOP_QUEUE } from './stop-job.js';
import { StopsProcessor } from './stops.processor.js';

@Module({
  imports: [
    BullModule.forRoot({ connection: { url: settings.redisUrl } }),
    BullModule.registerQueue({ name: STOP_QUEUE, defaultJobOptions: JOB_OPTIONS }),
  ],
  controllers: [CancellationsController, DocumentsController],
  providers: settings.runsWorker ? [StopsProcessor] : [],
})
export class AppModule {}
