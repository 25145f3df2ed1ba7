import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';

/** How soon a client that is gone resets the connection: more than a packet's way there and back. */
const RESET_WITHIN_MS = 250;

/**
 * The document, in a form that shows whether the client takes it. A client that has ended its side before it got anything is gone, or
 * still reads. Only the second write tells: it fails if the first one was answered with a reset.
 */
export async function handedTo(reply: FastifyReply, xml: string): Promise<string | Readable> {
  // After a freeze, the request and the end of the connection come together. Node reads the end one poll later.
  await turn();
  await turn();
  if (!reply.request.raw.socket.readableEnded) return xml;
  void reply.header('content-length', Buffer.byteLength(xml));
  return Readable.from(inTwoParts(xml));
}

async function* inTwoParts(text: string): AsyncGenerator<string> {
  yield text.slice(0, 1);
  await delay(RESET_WITHIN_MS);
  yield text.slice(1);
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
