import { finished } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';

/**
 * After a freeze, a request and the end of its connection come together, and Node reads the end one poll after the request. It then
 * drops the connection, so that the response does not finish.
 */
export async function untilEndIsRead(): Promise<void> {
  await turn();
  await turn();
}

/** Resolves once the response is over, with whether all of it was handed to a connection that its client had not given up. */
export async function isHandedOver({ raw }: FastifyReply): Promise<boolean> {
  const { socket } = raw;
  try {
    await finished(raw);
  } catch {
    return false;
  }
  // A response also finishes if its last write failed.
  return socket !== null && socket.errored === null;
}
