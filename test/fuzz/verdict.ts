import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom';
import type { Description, RequestLine } from './description.js';

/** An answer as it stood on the connection. */
export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What is wrong with an answer; null if nothing is. */
export type Verdict = (answered: Answered, request: RequestLine) => string | null;

/** What the request asked for does not exist in HTTP/1.1 (RFC 9110, section 15.6): the service is not at fault. */
const BLAMES_REQUEST = new Set([501, 505]);

const isFailure = (status: number): boolean => status >= 500 && !BLAMES_REQUEST.has(status);

/** Of `PORT`: errors are problems, and every body is as described. */
export const apiVerdict =
  (description: Description): Verdict =>
  ({ status, contentType, body }, request) => {
    if (isFailure(status)) return `answered ${status}`;
    // The answer to HEAD ends with its head.
    const hasBody = body !== '' || request.method !== 'HEAD';
    if (status < 400) return hasBody ? description.faultInSuccess(request, status, body) : null;
    if (!contentType.startsWith('application/problem+json')) return `${status} is ${contentType || 'bare'}`;
    return hasBody ? faultInProblem(description, status, body) : null;
  };

function faultInProblem(description: Description, status: number, body: string): string | null {
  const fault = description.faultInProblem(body);
  if (fault !== null) return `${status} ${fault}`;
  const { status: told } = JSON.parse(body) as { status: number };
  return told === status ? null : `${status} is a problem of ${told}`;
}

/** Of `PUBLIC_PORT`: every answer is cXML, but for the setup check's. */
export const publicVerdict: Verdict = ({ status, contentType, body }, { method, target }) => {
  if (isFailure(status)) return `answered ${status}`;
  if (status === 204) return body === '' ? null : '204 has a body';
  if (status === 200 && target.startsWith('/laml/ping/') && contentType.startsWith('text/plain')) return null;
  if (!/^(?:application|text)\/xml/.test(contentType)) return `${status} is ${contentType || 'bare'}`;
  if (body === '' && method === 'HEAD') return null;
  return isDocument(body) ? null : `${status} is no cXML`;
};

function isDocument(xml: string): boolean {
  try {
    const { documentElement } = new DOMParser({ onError: onWarningStopParsing }).parseFromString(
      xml,
      'text/xml',
    );
    return documentElement?.nodeName === 'Response';
  } catch {
    return false;
  }
}
