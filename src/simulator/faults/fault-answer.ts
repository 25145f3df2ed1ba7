import { STATUS_CODES } from 'node:http';
import type { Answer } from '../laml/answer.js';
import { codeOfStatus, errorAnswer } from '../laml/laml-error.js';
import { faultStatus } from './fault.js';
import type { Fault } from './fault.js';

const HUGE_BYTES = 4 * 1024 * 1024;

type FaultBody = NonNullable<Fault['body']>;

const BODIES: Readonly<Record<FaultBody, (status: number) => { type: string; text: string }>> = {
  html: (status) => ({
    type: 'text/html',
    text: `<html><head><title>${status} ${STATUS_CODES[status]}</title></head><body><h1>${STATUS_CODES[status]}</h1></body></html>`,
  }),
  empty: () => ({ type: 'text/plain', text: '' }),
  garbage: () => ({ type: 'application/json', text: '{"sid":"' }),
  huge: () => ({ type: 'application/json', text: JSON.stringify({ padding: 'x'.repeat(HUGE_BYTES) }) }),
};

/** What goes out in place of `usual`; null for no answer at all. */
export function faultAnswer(fault: Fault, usual: Answer): Answer | null {
  if (fault.drop !== undefined) return null;
  const status = faultStatus(fault) ?? usual.status;
  const answer = withStatus(fault, status, usual);
  const headers: Record<string, string> = { ...answer.headers };
  const body = fault.body === undefined ? null : BODIES[fault.body](status);
  if (body !== null) headers['content-type'] = body.type;
  if (fault.redirect !== undefined) headers.location = fault.redirect;
  return {
    status,
    headers: { ...headers, ...fault.headers },
    body: body?.text ?? answer.body,
    code: body === null ? answer.code : null,
  };
}

function withStatus(fault: Fault, status: number, usual: Answer): Answer {
  if (status < 300) return usual;
  if (status < 400) return { status, headers: {}, body: '', code: null };
  const code = fault.code ?? codeOfStatus(status);
  return errorAnswer(status, code, STATUS_CODES[status] ?? 'Error');
}
