import { Module } from '@nestjs/common';
import { ApiConnectionModule } from '../queue/connections/api.connection.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import { Reopening } from '../gate/reopening.js';
import { Setup } from './setup.js';

/** Provides the setup check. */
@Module({
  imports: [ApiConnectionModule],
  providers: [Reopening, Setup, SignalWireClient],
  exports: [Reopening, Setup],
})
export class SetupModule {}
