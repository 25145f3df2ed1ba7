import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** SignalWire's code, where the answer is an error. */
  readonly code: number | null;
}

export function jsonAnswer(status: number, body: object, code: number | null = null): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
    code,
  };
}

/** Sends `answer`; null closes the connection with none. */
export function send(request: FastifyRequest, reply: FastifyReply, answer: Answer | null): void {
  if (answer === null) {
    reply.hijack();
    request.raw.socket.destroy();
    return;
  }
  void reply.status(answer.status).headers(answer.headers).send(answer.body);
}
