import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** The response to a request that is not complete HTTP, by the error codes of https://nodejs.org/api/errors.html. */
const STATUS_OF_ERROR = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_HEADER_OVERFLOW', 431],
]);

/** What a server answers to a request that never reaches its routes. */
export interface Refusal {
  readonly contentType: string;
  readonly body: string;
}

/** Makes the answer to a request that Node refuses itself. */
export type RefusalOf = (status: number) => Refusal;

/** Fastify's `clientErrorHandler`; Fastify would answer with JSON of its own. */
export const answerClientErrors =
  (refusalOf: RefusalOf) =>
  ({ code }: { code: string }, socket: Socket): void =>
    code === 'ECONNRESET'
      ? socket.destroySoon()
      : refuse(socket, STATUS_OF_ERROR.get(code) ?? 400, refusalOf);

/** Answers what Node would answer without a body. */
export function answerInsteadOfNode(server: Server, refusalOf: RefusalOf): void {
  // An unknown expectation may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_request: IncomingMessage, socket: Socket) => refuse(socket, 405, refusalOf));
}

function refuse(socket: Socket, status: number, refusalOf: RefusalOf): void {
  const { contentType, body } = refusalOf(status);
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${contentType}\r\ncache-control: no-store\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
