/** What the guide's server answers, and ours for a stream `stream` and the default `then`. */
export const DOCUMENT =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say></Response>';

export const DOCUMENT_TYPE = 'text/xml; charset=utf-8';

/** Stands in the place of a Call object, whose form the service does not depend on. */
export const CALL = JSON.stringify({
  sid: '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11',
  account_sid: '00000000-0000-4000-8000-000000000001',
  status: 'in-progress',
  direction: 'outbound-api',
  from: '+15551230001',
  to: '+15551230002',
});

export const FORM = 'application/x-www-form-urlencoded';
