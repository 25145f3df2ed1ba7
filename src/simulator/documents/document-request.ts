import type { Call } from '../calls/call.js';
import type { FetchRole } from '../calls/call-view.js';
import type { FormMethod } from '../outgoing/outgoing-request.js';

/** A document to fetch. */
export interface DocumentAddress {
  readonly url: string;
  readonly method: FormMethod;
}

export interface DocumentRequest extends DocumentAddress {
  readonly role: FetchRole;
  /** What it is told beside the parameters of every request. */
  readonly params?: Readonly<Record<string, string>>;
}

/** What a document server gets, from the "Request parameters" of SignalWire's cXML overview page. */
export function documentParams(call: Call, accountSid: string): Record<string, string> {
  return {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    CallSid: call.sid,
    CallStatus: call.status,
    Direction: call.direction,
    From: call.from,
    To: call.to,
  };
}
