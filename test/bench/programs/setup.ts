import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What the bench passes to this program. */
export const givenSetup = (): unknown => JSON.parse(process.argv[2] ?? '{}');

/** Sent once a program is ready. */
export interface Ready {
  /** 0 if it does not listen. */
  readonly port: number;
}

export function tellReady(port = 0): void {
  process.send?.({ port } satisfies Ready);
}

/** @returns the free port of loopback on which the server listens */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Answers the orders of the bench, one at a time. */
export function answerOrders(answer: (order: never) => Promise<object>): void {
  process.on('message', (order) => void answer(order as never).then((result) => process.send?.(result)));
}
