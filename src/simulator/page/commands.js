/** Faults for the first requests about a new call, by label. */
export const FAULTS = {
  succeed: [],
  'fail twice with 503': [{ status: 503, times: 2 }],
  'fail once with 429 and Retry-After: 1': [{ status: 429, headers: { 'retry-after': '1' } }],
  'are delayed once by 800 ms': [{ latencyMs: 800 }],
  'succeed, but the fetch is 1.5 s late once': [{ fetch: { delayMs: 1500 } }],
  'succeed, but the fetch is skipped once': [{ fetch: 'none' }],
  'succeed, but the response is lost once': [{ drop: 'after' }],
};

/** The request body that creates a call through the control API. */
export const newCall = (fault) => {
  const faults = FAULTS[fault] ?? [];
  return { streams: [{ name: 'stream' }], ...(faults.length > 0 && { faults }) };
};

export const createCommand = (origin, call) => curl(`${origin}/simulator/calls`, [], call);

/** The request body that stops one stream. The call stays up for another minute. */
export const newCancellation = (callSid, streamName) => ({
  callSid,
  streamName,
  then: [{ say: 'Stopping stream' }, { pause: 60 }],
});

export const cancelCommand = (service, cancellation) =>
  curl(`${service}/cancellations`, ['authorization: Bearer demo-key'], cancellation);

function curl(url, headers, body) {
  const options = [...headers, 'content-type: application/json'].map((header) => `-H ${quoted(header)}`);
  return [`curl -s ${quoted(url)}`, ...options, `-d ${quoted(JSON.stringify(body))}`].join(' \\\n  ');
}

/** Quotes for a POSIX shell. Within single quotes, only a single quote is special. */
const quoted = (text) => (/^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);
