import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

/**
 * Makes connections that a request which is given up ends with a reset. What was written is then dropped if SignalWire
 * does not have it yet. If such a connection were closed instead, the system would go on sending for minutes, and once
 * the network is back, an update could arrive after those that were sent later.
 *
 * @param timeout for TCP, and again for TLS; milliseconds
 */
export function resettingConnector(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout });
  return (options, callback) => {
    const isTls = options.protocol === 'https:';
    const port = options.port || (isTls ? '443' : '80');
    connect({ ...options, protocol: 'http:', port }, (...[error, tcp]) => {
      if (error !== null) callback(error, null);
      else if (!isTls) callback(null, resetting(tcp, tcp));
      else
        connect({ ...options, httpSocket: tcp }, (...[refusal, tls]) => {
          if (refusal === null) callback(null, resetting(tls, tcp));
          else callback(refusal, null);
        });
    });
  };
}

/** undici reads a socket with `read()`, and destroys it to give up its request. */
function resetting(socket: Socket, tcp: Socket): Socket {
  const read = socket.read.bind(socket) as () => Buffer | null;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  const destroy = socket.destroy.bind(socket);
  /** Nothing of the answer to what was written has come. */
  let isUnanswered = false;
  let reason: Error | undefined;

  socket.write = (...args: unknown[]) => {
    isUnanswered = true;
    return write(...args);
  };
  socket.read = () => {
    const chunk = read();
    if (chunk !== null) isUnanswered = false;
    return chunk;
  };
  socket.destroy = (error?: Error) => {
    // Resetting destroys the socket without an error.
    reason ??= error;
    if (isUnanswered) {
      isUnanswered = false;
      tcp.resetAndDestroy();
    }
    return destroy(reason);
  };
  return socket;
}
