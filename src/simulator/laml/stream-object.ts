import type { Call } from '../calls/call.js';
import type { Stream } from '../calls/stream.js';
import { rfc2822 } from './call-object.js';

/** The Stream object of SignalWire's Compatibility API ("Update a Stream"). */
export function streamObject(call: Call, stream: Stream): object {
  const path = `/api/laml/2010-04-01/Accounts/${call.accountSid}/Calls/${call.sid}/Streams/${stream.sid}`;
  return {
    sid: stream.sid,
    account_sid: call.accountSid,
    call_sid: call.sid,
    name: stream.name,
    status: stream.view().status,
    date_updated: rfc2822(stream.stoppedAt ?? stream.startedAt),
    uri: `${path}.json`,
  };
}
