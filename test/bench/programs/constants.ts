/** The guide's document, and ours for a stream `stream` and the default `then`. */
export const DOCUMENT =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say></Response>';

export const DOCUMENT_TYPE = 'text/xml; charset=utf-8';

/** Both sides read the whole Call object, but none of its fields. */
export const CALL = JSON.stringify({
  sid: '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11',
  account_sid: '00000000-0000-4000-8000-000000000001',
  status: 'in-progress',
  direction: 'outbound-api',
  from: '+15551230001',
  to: '+15551230002',
});

/** The default of `WORKER_CONCURRENCY`. */
export const CONCURRENCY = 100;

/** The queue of the bare programs. */
export const BARE_QUEUE = 'bare';

export interface BareJob {
  readonly callSid: string;
  readonly streamName: string;
}
