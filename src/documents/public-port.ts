import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyServerOptions } from 'fastify';
import type { ServiceEnvironment } from '../config/service.environment.js';
import { EMPTY_DOCUMENT, XML } from './stop-document.js';

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
    clientErrorHandler: answerMalformed,
  }) satisfies FastifyServerOptions;

/** In the form of every other error: Fastify's own would be JSON. */
function answerMalformed({ code }: { code: string }, socket: Socket): void {
  if (code !== 'ECONNRESET' && socket.writable) {
    const status = STATUS_OF_ERROR.get(code) ?? 400;
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${XML}\r\n` +
        `content-length: ${Buffer.byteLength(EMPTY_DOCUMENT)}\r\nconnection: close\r\n\r\n${EMPTY_DOCUMENT}`,
    );
  }
  socket.destroySoon();
}
