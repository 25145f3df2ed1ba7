const UNFINISHED = ['queued', 'running', 'retrying'];
export const WAITING = ['queued', 'retrying'];
export const RETRYABLE = ['failed', 'expired', 'withdrawn'];
export const STATUSES = [...UNFINISHED, 'succeeded', ...RETRYABLE];
export const isRetryable = ({ status }) => RETRYABLE.includes(status);
export const EVIDENCE = {
  none: 'none',
  accepted: 'request accepted by SignalWire',
  document_fetched: 'stop document fetched',
  stream_stopped: 'stream reported as stopped',
  call_ended: 'call is over',
};
export const RETRIED = { false: 'not retried', true: 'retried' };
export const LAST = {
  '15m': 'in the last 15 minutes',
  '1h': 'in the last hour',
  '6h': 'in the last 6 hours',
  '24h': 'in the last 24 hours',
};
const MINUTES = { '15m': 15, '1h': 60, '6h': 360, '24h': 1440 };

const LISTS = new Set(['status', 'failureCode', 'evidence', 'project', 'requestedBy']);

export const isList = (name) => LISTS.has(name);

/** All of the address, also what is wrong in it: the API refuses that, and says what is right. */
export function filterIn(query) {
  const given = [...query.keys()].map((name) => {
    const value = query.getAll(name).join(',');
    return [name, isList(name) ? value.split(',') : value];
  });
  return Object.fromEntries(given);
}

/** Without what is undefined. */
export const queryOf = (filter) =>
  new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== undefined)).toString();

export function changed(filter, name, value) {
  const { [name]: _, ...others } = filter;
  return value === '' || value.length === 0 ? others : { ...others, [name]: value };
}

/** The filter as the API takes it, where "the last hour" begins at a time. What is wrong stays as it is. */
export function atTime({ last, ...filter }, now = Date.now()) {
  if (last === undefined) return filter;
  const since = Math.max(now - MINUTES[last] * 60_000, Date.parse(filter.createdAfter ?? '1970'));
  return since ? { ...filter, createdAfter: new Date(since).toISOString() } : { last, ...filter };
}

/** Whether a cancellation is in the list, as the API would say. */
export function matches(filter, cancellation, now = Date.now()) {
  const { createdAfter, createdBefore, callSid, streamName, failureCode, retried, ...lists } = atTime(
    filter,
    now,
  );
  const createdAt = Date.parse(cancellation.createdAt);
  return (
    (callSid === undefined || callSid === cancellation.callSid) &&
    (streamName === undefined || streamName === cancellation.streamName) &&
    (failureCode === undefined || failureCode.includes(cancellation.failure?.code ?? 'none')) &&
    // What has just changed was not retried yet.
    retried !== 'true' &&
    (createdAfter === undefined || createdAt >= Date.parse(createdAfter)) &&
    (createdBefore === undefined || createdAt < Date.parse(createdBefore)) &&
    Object.entries(lists).every(([name, values]) => values.includes(cancellation[name]))
  );
}

/** What `GET /events` can filter. Those that leave a status that is listed have to be heard of, too. */
export function eventsQuery({ project, callSid, status = UNFINISHED }) {
  const isFinal = status.every((one) => !UNFINISHED.includes(one));
  return queryOf({ project, callSid, status: isFinal ? status : undefined });
}
