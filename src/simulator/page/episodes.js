/**
 * Every record of a call, by time. A record with `answeredAt` is an incoming request, one with `url` an outgoing
 * request; the rest are notes. Covers any list in the view whose entries have a number and a time.
 */
export function recordsOf(call) {
  const lists = Object.entries(call).filter(([, entries]) => Array.isArray(entries));
  return lists
    .flatMap(([list, entries]) => entries.filter(isRecord).map((record) => read(list, record)))
    .toSorted((a, b) => a.start - b.start);
}

const isRecord = (entry) => entry?.number !== undefined && (entry.at ?? entry.startedAt) !== undefined;

function read(list, record) {
  const start = Date.parse(record.at ?? record.startedAt);
  const way = 'answeredAt' in record ? 'in' : 'url' in record ? 'out' : 'note';
  const answered = record.answeredAt ? Date.parse(record.answeredAt) : start;
  const end = way === 'out' ? start + (record.durationMs ?? 0) : answered;
  return { list, record, way, start, end };
}

/** Whether a request starts a stream through the Streams resource. */
export const startsStream = ({ path }) => /\/Streams(?:\.json)?(?:\?|$)/.test(path);

/** A `<Stop>` in a recorded document, which may be truncated. */
const STOP_VERB = /<Stop[\s/>]/;

/**
 * Groups requests that belong together: the first request to stop something, its repetitions, and the stop they lead
 * to. The next request after a stop begins a new episode. Requests that stop nothing are left out.
 */
export function episodesOf(call) {
  const stops = stopsOf(call);
  const episodes = [];
  for (const step of stepsOf(call)) {
    const current = episodes.at(-1);
    const [{ start }] = step;
    const isOpen = current !== undefined && !stops.some((stop) => stop >= current.start && stop <= start);
    if (stopsNothing(step)) {
      if (isOpen) episodes.pop();
    } else if (isOpen) {
      current.records.push(...step);
      current.end = endOf(current.records);
    } else {
      episodes.push({ start, end: endOf(step), records: [...step] });
    }
  }
  return episodes.map((episode, index) => withStops(episode, episodes[index + 1], stops));
}

/** Each incoming request, except those that start a stream, with the documents fetched before the next one. */
function stepsOf(call) {
  const steps = [];
  for (const record of recordsOf(call)) {
    if (record.way === 'in' && !startsStream(record.record)) steps.push([record]);
    else if (record.way === 'out' && record.list !== 'callbacks') steps.at(-1)?.push(record);
  }
  return steps;
}

/**
 * Whether an update fetched only documents without a `<Stop>`. Without any document, it may have been meant to stop.
 */
function stopsNothing([request, ...fetches]) {
  const documents = fetches.filter(({ record }) => record.error === null);
  return (
    request.list === 'updates' &&
    documents.length > 0 &&
    !documents.some(({ record }) => STOP_VERB.test(record.body))
  );
}

const endOf = (records) => Math.max(...records.map(({ end }) => end));

function withStops(episode, next, stops) {
  const own = stops.filter((stop) => stop >= episode.start && stop < (next?.start ?? Infinity));
  return { ...episode, stops: own, end: Math.max(episode.end, ...own) };
}

const stopsOf = ({ streams }) =>
  streams.flatMap(({ stoppedAt }) => (stoppedAt === null ? [] : [Date.parse(stoppedAt)]));

/** The episode at `time`; undefined before the first one. */
export const episodeAt = (episodes, time) => episodes.findLast(({ start }) => start <= time);

const EARLIER_ATTEMPTS = 'earlier attempts';

/** A verb is recorded just after it takes effect. */
const STOP_TOLERANCE_MS = 5;

/** Whether the end of the call stopped the stream, rather than a `<Stop>` just before it. */
export const endedWithCall = (call, { stoppedAt }) =>
  stoppedAt !== null &&
  stoppedAt === call.endedAt &&
  !call.verbs.some(
    ({ name, at }) =>
      name === 'Stop' && Math.abs(Date.parse(at) - Date.parse(stoppedAt)) <= STOP_TOLERANCE_MS,
  );

/**
 * The time from the first request to the stop of a stream, and its parts. Null while the stream runs, and if no request
 * preceded its stop.
 */
export function stopOf(call, stream) {
  if (stream.stoppedAt === null || endedWithCall(call, stream)) return null;
  const stop = Date.parse(stream.stoppedAt);
  const episode = episodeAt(episodesOf(call), stop);
  if (episode === undefined) return null;
  const before = episode.records.filter(({ start }) => start <= stop);
  const fetch = before.findLast(({ way, record }) => way === 'out' && record.error === null);
  const request = before.findLast(({ way, start }) => way === 'in' && start <= (fetch?.start ?? stop));
  const parts = [
    { name: EARLIER_ATTEMPTS, ms: request.start - episode.start },
    ...(fetch === undefined
      ? [{ name: 'request to stop', ms: stop - request.start }]
      : [
          { name: 'request to fetch', ms: fetch.start - request.start },
          { name: 'fetch to stop', ms: stop - fetch.start },
        ]),
  ];
  return {
    ms: stop - episode.start,
    requests: before.filter(({ way }) => way === 'in').length,
    parts: parts.filter(({ name, ms }) => name !== EARLIER_ATTEMPTS || ms > 0),
  };
}
