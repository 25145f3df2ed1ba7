export const STATUSES = ['queued', 'running', 'retrying', 'succeeded', 'failed', 'expired', 'withdrawn'];
export const UNFINISHED = ['queued', 'running', 'retrying'];
export const EVIDENCE = ['none', 'accepted', 'document_fetched', 'stream_stopped', 'call_ended'];
/** What a filter has in `last`. */
export const LAST = {
  '15m': { minutes: 15, name: 'the last 15 minutes' },
  '1h': { minutes: 60, name: 'the last hour' },
  '6h': { minutes: 360, name: 'the last 6 hours' },
  '24h': { minutes: 1440, name: 'the last 24 hours' },
};

const LISTS = ['status', 'failureCode', 'evidence', 'project', 'requestedBy'];
const TEXTS = ['callSid', 'streamName', 'last', 'createdAfter', 'createdBefore'];

const isTime = (text) => !Number.isNaN(Date.parse(text));

/** What can be understood. Other values are left to the API, which refuses wrong ones. */
const IS_KNOWN = { last: (text) => Object.hasOwn(LAST, text), createdAfter: isTime, createdBefore: isTime };

/** The filter in the query of an address. Unknown parameters, durations and times are ignored. */
export function filterIn(query) {
  const given = [...LISTS, ...TEXTS].flatMap((name) => {
    const value = query.get(name);
    return value && (IS_KNOWN[name]?.(value) ?? true)
      ? [[name, LISTS.includes(name) ? value.split(',') : value]]
      : [];
  });
  return Object.fromEntries(given);
}

/** The query of an address with this filter; empty without one. */
export const queryOf = (filter) =>
  new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)])).toString();

/** The filter with another value of one parameter; an empty one is left out. */
export function changed(filter, name, value) {
  const { [name]: _, ...others } = filter;
  return value === '' || value.length === 0 ? others : { ...others, [name]: value };
}

/** The filter as the API takes it, where "the last hour" begins at a time. */
export function atTime({ last, ...filter }, now = Date.now()) {
  if (last === undefined) return filter;
  const starts = [now - LAST[last].minutes * 60_000, filter.createdAfter && Date.parse(filter.createdAfter)];
  return { ...filter, createdAfter: new Date(Math.max(...starts.filter(Boolean))).toISOString() };
}

/** Whether a cancellation is in the list, as the API would say. */
export function matches(filter, cancellation, now = Date.now()) {
  const { createdAfter, createdBefore, callSid, streamName, failureCode, ...lists } = atTime(filter, now);
  const createdAt = Date.parse(cancellation.createdAt);
  return (
    (callSid === undefined || callSid === cancellation.callSid) &&
    (streamName === undefined || streamName === cancellation.streamName) &&
    (failureCode === undefined || failureCode.includes(cancellation.failure?.code)) &&
    (createdAfter === undefined || createdAt >= Date.parse(createdAfter)) &&
    (createdBefore === undefined || createdAt < Date.parse(createdBefore)) &&
    Object.entries(lists).every(([name, values]) => values.includes(cancellation[name]))
  );
}

/** What `GET /events` can filter. A cancellation that leaves a status that it is listed for has to be heard of, too. */
export function eventsQuery({ project, callSid, status = UNFINISHED }) {
  const isFinal = status.every((one) => !UNFINISHED.includes(one));
  return queryOf({ ...(project && { project }), ...(callSid && { callSid }), ...(isFinal && { status }) });
}
