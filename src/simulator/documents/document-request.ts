import type { FetchRole } from '../calls/call-view.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';

export interface DocumentAddress {
  readonly url: string;
  readonly method: FormMethod;
}

export interface DocumentRequest extends DocumentAddress {
  readonly role: FetchRole;
  /** Sent in addition to the standard parameters. */
  readonly params?: Readonly<Record<string, string>>;
}
