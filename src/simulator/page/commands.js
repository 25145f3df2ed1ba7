/** What may go wrong with a call's first requests, by the faults of the simulator's control API. */
export const FAULTS = {
  'succeed at once': [],
  'get 503 twice': [{ status: 503, times: 2 }],
  'get 429, Retry-After 1 s': [{ status: 429, headers: { 'retry-after': '1' } }],
  'are answered after 800 ms': [{ latencyMs: 800 }],
  'are accepted, fetched 1.5 s later': [{ fetch: { delayMs: 1500 } }],
  'are accepted, never fetched (once)': [{ fetch: 'none' }],
  'lose the answer (once)': [{ drop: 'after' }],
};

/** A call that may be created, ready for the control API. */
export const newCall = (fault) => {
  const faults = FAULTS[fault] ?? [];
  return { streams: [{ name: 'stream' }], ...(faults.length > 0 && { faults }) };
};

export const createCommand = (origin, call) => curl(`${origin}/simulator/calls`, [], call);

/** `POST /cancellations` for a stream of a call, which lives on for a minute. */
export const cancelCommand = (service, { callSid, streamName }) =>
  curl(`${service}/cancellations`, ['authorization: Bearer demo-key'], {
    callSid,
    streamName,
    then: [{ say: 'Stopping stream' }, { pause: 60 }],
  });

function curl(url, headers, body) {
  const options = [...headers, 'content-type: application/json'].map((header) => `-H ${quoted(header)}`);
  return [`curl -s ${quoted(url)}`, ...options, `-d ${quoted(JSON.stringify(body))}`].join(' \\\n  ');
}

/** For a shell of the POSIX kind: nothing within single quotes means anything but a single quote. */
const quoted = (text) => (/^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);
