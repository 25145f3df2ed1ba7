import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

/** Bytes over TCP, without the headers of its packets. */
export interface Traffic {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export const trafficBetween = (before: Traffic, after: Traffic): Traffic => ({
  sentBytes: after.sentBytes - before.sentBytes,
  receivedBytes: after.receivedBytes - before.receivedBytes,
});

/** Adds up what goes over some connections, closed ones included. */
export class CountedSockets {
  private readonly sockets = new Set<Socket>();
  private readonly open = buildConnector({});

  /** For a client of undici. */
  readonly connect: buildConnector.connector = (options, done) => {
    this.open(options, (...opened) => {
      const [, socket] = opened;
      if (socket !== null) this.add(socket);
      done(...opened);
    });
  };

  add(socket: Socket): void {
    this.sockets.add(socket);
  }

  get traffic(): Traffic {
    let [sentBytes, receivedBytes] = [0, 0];
    for (const { bytesWritten, bytesRead } of this.sockets) {
      sentBytes += bytesWritten;
      receivedBytes += bytesRead;
    }
    return { sentBytes, receivedBytes };
  }
}
