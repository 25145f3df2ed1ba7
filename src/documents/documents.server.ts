import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceEnvironment } from '../config/service.environment.js';
import { EMPTY_DOCUMENT, XML } from '../cxml/stop-document.js';
import { readForm } from '../platform/http/body/form-body.js';
import type { ServerOptions } from '../platform/http/http-adapter.js';
import { DocumentsFilter } from './documents.filter.js';

/** The response to a request that is not complete HTTP, by the error codes of https://nodejs.org/api/errors.html. */
const STATUS_OF_ERROR = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_HEADER_OVERFLOW', 431],
]);

/** The options in which the server of `PUBLIC_PORT` differs from the others. */
export const documentsServerOptions = ({
  TRUSTED_PROXIES = [],
}: Pick<ServiceEnvironment, 'TRUSTED_PROXIES'>) =>
  ({
    trustProxy: TRUSTED_PROXIES.length > 0 && [...TRUSTED_PROXIES],
    // A stopping process still serves requests on open connections.
    return503OnClosing: false,
    // Node would refuse a request without a host with an empty body. Nothing here depends on the host.
    requireHostHeader: false,
    clientErrorHandler: ({ code }: { code: string }, socket: Socket) =>
      code === 'ECONNRESET' ? socket.destroySoon() : refuse(socket, STATUS_OF_ERROR.get(code) ?? 400),
  }) satisfies ServerOptions;

/** SignalWire must get a response whatever its request contains, so every body is read as a form. */
export function configureDocuments(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  answerInsteadOfNode(fastify.server);
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Fastify refuses a malformed content type with 415 before it looks for a parser.
    delete request.headers['content-type'];
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request: unknown, payload: Readable) => readForm(payload));
  app.useGlobalFilters(new DocumentsFilter());
}

/** Node would answer these requests itself, without a body. */
function answerInsteadOfNode(server: Server): void {
  // An unknown expectation may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_request: IncomingMessage, socket: Socket) => refuse(socket, 405));
}

/** Like every other error; Fastify would answer with JSON. */
function refuse(socket: Socket, status: number): void {
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${XML}\r\ncache-control: no-store\r\n` +
        `content-length: ${Buffer.byteLength(EMPTY_DOCUMENT)}\r\nconnection: close\r\n\r\n${EMPTY_DOCUMENT}`,
    );
  }
  socket.destroySoon();
}
