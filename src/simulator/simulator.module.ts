import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { BinsController } from './bins/bins.controller.js';
import { BinsService } from './bins/bins.service.js';
import { LamlBinsController } from './bins/laml-bins.controller.js';
import { CallsService } from './calls/calls.service.js';
import { StreamCallbacks } from './calls/stream-callbacks.js';
import { ChangeLog } from './change-log.js';
import { BinsControlController } from './control/bins-control.controller.js';
import { ControlController } from './control/control.controller.js';
import { ServiceController } from './control/service.controller.js';
import { DocumentFetcher } from './documents/document-fetcher.js';
import { DocumentRunner } from './documents/document-runner.js';
import { VerbRunner } from './documents/verb-runner.js';
import { BasicAuth } from './laml/basic-auth.js';
import { CallUpdater } from './laml/call-updater.js';
import { ChangeFeed } from './events/change-feed.js';
import { EventsController } from './events/events.controller.js';
import { LamlErrorFilter } from './laml/laml-error.filter.js';
import { LamlController } from './laml/laml.controller.js';
import { LamlRequests } from './laml/laml-requests.js';
import { StreamUpdater } from './laml/stream-updater.js';
import { StreamsController } from './laml/streams.controller.js';
import { OutgoingRequest } from './outgoing/outgoing-request.js';
import { SIMULATOR_CONFIG } from './simulator.config.js';
import type { SimulatorConfig } from './simulator.config.js';

@Module({
  controllers: [
    BinsController,
    BinsControlController,
    ControlController,
    EventsController,
    LamlBinsController,
    LamlController,
    ServiceController,
    StreamsController,
  ],
  providers: [
    BasicAuth,
    BinsService,
    CallsService,
    CallUpdater,
    ChangeFeed,
    ChangeLog,
    DocumentFetcher,
    DocumentRunner,
    LamlRequests,
    OutgoingRequest,
    StreamCallbacks,
    StreamUpdater,
    VerbRunner,
    { provide: APP_FILTER, useClass: LamlErrorFilter },
  ],
})
export class SimulatorModule {
  static with(config: SimulatorConfig): DynamicModule {
    return { module: SimulatorModule, providers: [{ provide: SIMULATOR_CONFIG, useValue: config }] };
  }
}
