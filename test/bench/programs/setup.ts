import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What the bench has handed over to this program. */
export const givenSetup = (): unknown => JSON.parse(process.argv[2] ?? '{}');

/** What a program tells once it can be used. */
export interface Ready {
  /** 0 where it listens on none. */
  readonly port: number;
}

// In order, so that a profile of it is written.
process.once('SIGTERM', () => process.exit());

export function tellReady(port = 0): void {
  process.send?.({ port } satisfies Ready);
}

/** @returns the port of loopback that it was given */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Answers each order of the bench, one at a time. */
export function answerOrders(answer: (order: never) => Promise<object>): void {
  process.on('message', (order) => void answer(order as never).then((result) => process.send?.(result)));
}
