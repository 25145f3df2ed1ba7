import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom';
import { DESCRIPTION_IS_COMPLETE } from '../support/description/description.js';
import type { Answered, Description, RequestLine } from '../support/description/description.js';

/** What is wrong with an answer; null if nothing is. */
export type Verdict = (answered: Answered, request: RequestLine) => string | null;

/** What the request asked for does not exist in HTTP/1.1 (RFC 9110, section 15.6): the service is not at fault. */
const BLAMES_REQUEST = new Set([501, 505]);

const isFailure = (status: number): boolean => status >= 500 && !BLAMES_REQUEST.has(status);

/** Of `PORT`: errors are problems, and every answer is as described. */
export const apiVerdict =
  (description: Description, isComplete = DESCRIPTION_IS_COMPLETE): Verdict =>
  (answered, request) => {
    if (isFailure(answered.status)) return `answered ${answered.status}`;
    // The answer to HEAD ends with its head.
    const read = request.method === 'HEAD' && answered.body === '' ? { ...answered, body: null } : answered;
    const problemFault = read.status < 400 ? null : description.faultInProblem(read);
    if (problemFault !== null) return problemFault;
    const fault = description.fault(request, read);
    return fault === null || (fault.isGap && !isComplete) ? null : fault.text;
  };

/** Of `PUBLIC_PORT`: every answer is cXML, but for the setup check's. */
export const publicVerdict: Verdict = ({ status, headers, body }, { method, target }) => {
  const contentType = headers.get('content-type') ?? '';
  if (isFailure(status)) return `answered ${status}`;
  if (status === 204) return body === '' ? null : '204 has a body';
  if (status === 200 && target.startsWith('/laml/ping/') && contentType.startsWith('text/plain')) return null;
  if (!/^(?:application|text)\/xml/.test(contentType)) return `${status} is ${contentType || 'bare'}`;
  if (body === '' && method === 'HEAD') return null;
  return isDocument(body ?? '') ? null : `${status} is no cXML`;
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
