import type { FetchRole } from '../calls/call-view.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';

/** A document to fetch. */
export interface DocumentAddress {
  readonly url: string;
  readonly method: FormMethod;
}

export interface DocumentRequest extends DocumentAddress {
  readonly role: FetchRole;
  /** Sent in addition to the parameters of every request. */
  readonly params?: Readonly<Record<string, string>>;
}
