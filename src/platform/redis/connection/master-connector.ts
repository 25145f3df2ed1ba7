import { SentinelConnector } from 'ioredis';
import type { SentinelConnectionOptions } from 'ioredis';

type Connect = SentinelConnector['connect'];

/**
 * Learns of a failover while it is connected, and only then. ioredis' own connector also learns of it while it looks
 * for the new master, takes that for a wish to disconnect, and the connection ends for good.
 */
export class MasterConnector extends SentinelConnector {
  /** @param options the connection's, as ioredis gives them to a connector */
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override async connect(...args: Parameters<Connect>): ReturnType<Connect> {
    const stream = await super.connect(...args);
    stream.once('close', () => this.stopLearning());
    return stream;
  }

  private stopLearning(): void {
    // `private` in ioredis' types.
    const detector = Reflect.get(this, 'failoverDetector') as { cleanup(): void } | null;
    detector?.cleanup();
  }
}
