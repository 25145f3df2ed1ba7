import { STATUS_CODES } from 'node:http';
import type { HttpResponse } from '../laml/response.js';
import { codeOfStatus, errorResponse } from '../laml/laml-error.js';
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

/** The response to send instead of `usual`; null to send none. */
export function faultResponse(fault: Fault, usual: HttpResponse): HttpResponse | null {
  if (fault.drop !== undefined) return null;
  const status = faultStatus(fault) ?? usual.status;
  const response = withStatus(fault, status, usual);
  const headers: Record<string, string> = { ...response.headers };
  const body = fault.body === undefined ? null : BODIES[fault.body](status);
  if (body !== null) headers['content-type'] = body.type;
  if (fault.redirect !== undefined) headers.location = fault.redirect;
  return {
    status,
    headers: { ...headers, ...fault.headers },
    body: body?.text ?? response.body,
    code: body === null ? response.code : null,
  };
}

function withStatus(fault: Fault, status: number, usual: HttpResponse): HttpResponse {
  if (status < 300) return usual;
  if (status < 400) return { status, headers: {}, body: '', code: null };
  const code = fault.code ?? codeOfStatus(status);
  return errorResponse(status, code, STATUS_CODES[status] ?? 'Error');
}
