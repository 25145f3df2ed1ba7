import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** Why a request never reaches a route. */
export interface Reason {
  readonly status: number;
  /** It repeats nothing of the request. */
  readonly detail: string;
}

/** What a server answers to a request that never reaches its routes. */
export interface Refusal {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Makes the answer to a request that Node refuses itself. */
export type RefusalOf = (reason: Reason) => Refusal;

/** An error of Node's HTTP parser, https://nodejs.org/api/http.html#event-clienterror. */
export interface ClientError {
  readonly code: string;
  /** The parser's own words, such as `Duplicate Content-Length`. */
  readonly reason?: string;
  readonly rawPacket?: unknown;
}

const NO_HTTP: Reason = { status: 400, detail: 'the request is not HTTP' };

/** By the codes of Node (https://nodejs.org/api/errors.html) and of its parser (https://github.com/nodejs/llhttp). */
const REASONS: ReadonlyMap<string, Reason> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', { status: 408, detail: 'the request did not arrive in time' }],
  ['HPE_HEADER_OVERFLOW', { status: 431, detail: 'the head of the request is too long' }],
  ['HPE_PAUSED_H2_UPGRADE', { status: 505, detail: 'only HTTP/1.1 is spoken here' }],
  ['HPE_INVALID_EOF_STATE', { status: 400, detail: 'the request breaks off' }],
  ['HPE_INVALID_CONSTANT', NO_HTTP],
]);

const PROXY: Reason = { status: 405, detail: 'this server is not a proxy' };

/** A request line with a method that the parser does not know, rather than bytes of another protocol. */
const REQUEST_LINE = /^[\w!#$%&'*+.^`|~-]+ [^\s]+ HTTP\/1\.\d\r\n/;

/** Why Node refused a request. */
export function reasonOf({ code, reason = '', rawPacket }: ClientError): Reason {
  const known = REASONS.get(code);
  if (known !== undefined) return known;
  if (code === 'HPE_INVALID_METHOD')
    return Buffer.isBuffer(rawPacket) && REQUEST_LINE.test(rawPacket.toString('latin1'))
      ? { status: 501, detail: 'the method is unknown' }
      : NO_HTTP;
  if (code === 'HPE_INVALID_TRANSFER_ENCODING' && !reason.includes('Content-Length')) return ONLY_CHUNKED;
  return reason === '' ? NO_HTTP : { status: 400, detail: `the request is malformed: ${reason}` };
}

/** For any `Transfer-Encoding` that would have to be decoded (RFC 9112 §6.1). */
export const ONLY_CHUNKED: Reason = {
  status: 501,
  detail: 'the only Transfer-Encoding that is supported is chunked',
};

/** Fastify's `clientErrorHandler`; Fastify would answer with JSON of its own. */
export const answerClientErrors =
  (refusalOf: RefusalOf) =>
  (error: ClientError, socket: Socket): void =>
    error.code === 'ECONNRESET' ? socket.destroySoon() : refuse(socket, reasonOf(error), refusalOf);

/** Answers what Node would answer without a body. */
export function answerInsteadOfNode(server: Server, refusalOf: RefusalOf): void {
  // An unknown expectation may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_request: IncomingMessage, socket: Socket) => refuse(socket, PROXY, refusalOf));
}

function refuse(socket: Socket, reason: Reason, refusalOf: RefusalOf): void {
  const { status } = reason;
  const { headers, body } = refusalOf(reason);
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${own.join('')}cache-control: no-store\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
