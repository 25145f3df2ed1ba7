import type { FetchRole } from '../calls/call-view.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';
import type { Document } from './document-fetcher.js';
import type { DocumentRequest } from './document-request.js';

/** A request for `address`, which may be relative to the document. */
export function requestTo(
  document: Document,
  role: FetchRole,
  address: string,
  method: string | undefined,
): DocumentRequest {
  const url = URL.canParse(address, document.url) ? new URL(address, document.url).href : address;
  return { role, url, method: methodOf(method) };
}

export function methodOf(method: string | undefined): FormMethod {
  return method === 'GET' ? 'GET' : 'POST';
}
