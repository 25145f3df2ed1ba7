import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

const INTERIM = 'HTTP/1.1 1';
const WHOLE_INTERIMS = /^(?:HTTP\/1\.1 1[^\0]*?\r\n\r\n)+/;
const MAX_HEAD_BYTES = 16_384;

/**
 * Makes sockets that leave out interim answers, such as `100 Continue`. A server may send them unasked and a client
 * must ignore them (RFC 9110 §15.2), but undici ends the connection at a 100, after the request has been sent.
 */
export const withoutInterim =
  (connect: buildConnector.connector): buildConnector.connector =>
  (options, callback) =>
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error === null) callback(null, leavingOutInterim(socket));
      else callback(error, null);
    });

/** undici reads a socket with `read()` and writes a request only after the response before it. */
function leavingOutInterim(socket: Socket): Socket {
  const read = socket.read.bind(socket) as () => Buffer | null;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  /** The beginning of a response while it may still be an interim one; null within a response. */
  let head: string | null = null;

  socket.write = (...args: unknown[]) => {
    head ??= '';
    return write(...args);
  };
  socket.read = () => {
    const chunk = read();
    if (chunk === null || head === null) return chunk;
    head = (head + chunk.toString('latin1')).replace(WHOLE_INTERIMS, '');
    const isOpen = INTERIM.startsWith(head) || (head.startsWith(INTERIM) && head.length < MAX_HEAD_BYTES);
    if (isOpen) return null;
    const response = Buffer.from(head, 'latin1');
    head = null;
    return response;
  };
  return socket;
}
