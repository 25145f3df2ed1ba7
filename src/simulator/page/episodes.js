/**
 * What a list of a call's view says, whichever lists there are: requests that came in (they have `answeredAt`),
 * requests that went out (they have `url`), and everything else that has a number and a time.
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

/** A POST to the Streams resource that starts one. */
export const startsStream = ({ path }) => /\/Streams(?:\.json)?(?:\?|$)/.test(path);

/** A `<Stop>` in a document, as far as one is kept. */
const STOP_VERB = /<Stop[\s/>]/;

/**
 * The requests that belong together: from the first one that came in to stop something, over those that repeat it, to the
 * stop that they led to. The next request after a stop begins another one. A request that stops nothing belongs to none.
 */
export function episodesOf(call) {
  const stops = stopsOf(call);
  const episodes = [];
  for (const step of stepsOf(call)) {
    const current = episodes.at(-1);
    const [{ start }] = step;
    const isOpen = current !== undefined && !stops.some((stop) => stop >= current.start && stop <= start);
    if (leadsElsewhere(step)) {
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

/** Each request that came in, but for those that start a stream, with the documents fetched until the next one. */
function stepsOf(call) {
  const steps = [];
  for (const record of recordsOf(call)) {
    if (record.way === 'in' && !startsStream(record.record)) steps.push([record]);
    else if (record.way === 'out' && record.list !== 'callbacks') steps.at(-1)?.push(record);
  }
  return steps;
}

/** An update whose documents stop nothing. Where none came it was a try to stop, as far as can be known. */
function leadsElsewhere([request, ...fetches]) {
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

/** The episode that `time` falls into; undefined before the first one. */
export const episodeAt = (episodes, time) => episodes.findLast(({ start }) => start <= time);

/** A verb is written down just after it took effect. */
const STOP_MS = 5;

/** It stopped because the call was over, and not by a `<Stop>` just before that. */
export const endedWithCall = (call, { stoppedAt }) =>
  stoppedAt !== null &&
  stoppedAt === call.endedAt &&
  !call.verbs.some(
    ({ name, at }) => name === 'Stop' && Math.abs(Date.parse(at) - Date.parse(stoppedAt)) <= STOP_MS,
  );

/**
 * How long a stream ran on after the first request, and what of it passed with what; null while it runs, and where no
 * request preceded its end.
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
    { name: 'tries before', ms: request.start - episode.start },
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
    parts: parts.filter(({ name, ms }) => name !== 'tries before' || ms > 0),
  };
}
