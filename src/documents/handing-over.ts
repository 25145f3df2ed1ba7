import { finished } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';

/**
 * Whether the client is still there. After a freeze, a request and the end of its connection come together, and Node
 * reads the end one poll after the request. A client that has ended its side gets no answer from Node.
 */
export async function isStillThere({ request }: FastifyReply): Promise<boolean> {
  await turn();
  await turn();
  return !request.raw.socket.readableEnded;
}

/** Resolves once the response is over, with whether all of it was handed to the client's connection. */
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
