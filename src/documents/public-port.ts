import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ServiceEnvironment } from '../config/service.environment.js';
import type { ServerOptions } from '../platform/http/http-adapter.js';
import { EMPTY_DOCUMENT, XML } from '../cxml/stop-document.js';

/** What a request that is no HTTP, or not to its end, is answered; by the codes of https://nodejs.org/api/errors.html. */
const STATUS_OF_ERROR = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_HEADER_OVERFLOW', 431],
]);

/** How the server of `PUBLIC_PORT` differs from the others. */
export const publicPort = ({ TRUSTED_PROXIES = [] }: Pick<ServiceEnvironment, 'TRUSTED_PROXIES'>) =>
  ({
    trustProxy: TRUSTED_PROXIES.length > 0 && [...TRUSTED_PROXIES],
    // A stopping process still serves what comes on the connections that are open.
    return503OnClosing: false,
    // Node would refuse such a request with an empty body; nothing here depends on the host that a request names.
    requireHostHeader: false,
    clientErrorHandler: ({ code }: { code: string }, socket: Socket) =>
      code === 'ECONNRESET' ? socket.destroySoon() : refuse(socket, STATUS_OF_ERROR.get(code) ?? 400),
  }) satisfies ServerOptions;

/** Answers as everything else what Node would answer by itself, with an empty body or with none. */
export function answerWhatNodeRefuses(server: Server): void {
  // An expectation that is not known may be passed over (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_request: IncomingMessage, socket: Socket) => refuse(socket, 405));
}

/** In the form of every other error: Fastify's own would be JSON. */
function refuse(socket: Socket, status: number): void {
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${XML}\r\ncache-control: no-store\r\n` +
        `content-length: ${Buffer.byteLength(EMPTY_DOCUMENT)}\r\nconnection: close\r\n\r\n${EMPTY_DOCUMENT}`,
    );
  }
  socket.destroySoon();
}
