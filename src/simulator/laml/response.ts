import type { FastifyReply, FastifyRequest } from 'fastify';

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** SignalWire's error code; null for a success. */
  readonly code: number | null;
}

export function jsonResponse(status: number, body: object, code: number | null = null): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
    code,
  };
}

/** Sends `response`; null closes the connection without one. */
export function send(request: FastifyRequest, reply: FastifyReply, response: HttpResponse | null): void {
  if (response === null) {
    reply.hijack();
    request.raw.socket.destroy();
    return;
  }
  void reply.status(response.status).headers(response.headers).send(response.body);
}
