import { element, facts, hasContent, svg } from './elements.js';
import { episodeAt, episodesOf, recordsOf, startsStream } from './episodes.js';
import { clock, duration, shortSid, words } from '../../platform/page/format.js';

/** Log lines that only repeat the record of a request. */
const RECORDED = new Set(['update accepted', 'document fetched']);

/** Lists that the call's card shows. */
const CARD_LISTS = new Set(['verbs', 'said']);

/** Everything that happened, newest first; limited to one call unless `sid` is empty. */
export function timelineItems(calls, lines, sid) {
  const chosen = calls.filter((call) => sid === '' || call.sid === sid);
  const chosenLines = lines.filter(
    ({ message, fields }) => !RECORDED.has(message) && (sid === '' || fields.callSid === sid),
  );
  // Reversed first, because the sort keeps the order of items within one millisecond.
  return [...chosen.flatMap(itemsOf), ...chosenLines.map(lineItem)]
    .toReversed()
    .toSorted((a, b) => b.start - a.start || b.order - a.order);
}

function itemsOf(call) {
  const episodes = episodesOf(call);
  return recordsOf(call)
    .filter(({ list }) => !CARD_LISTS.has(list))
    .map((item) => ({
      ...item,
      key: `${call.sid}/${item.list}/${item.record.number}`,
      order: ORDER[item.list] ?? 0,
      callSid: call.sid,
      episode: spanOf(episodeOf(episodes, item)),
    }));
}

/** An episode's records include no callbacks. A callback belongs to the latest episode. */
const episodeOf = (episodes, { list, record, start }) =>
  list === 'callbacks'
    ? episodeAt(episodes, start)
    : episodes.find(({ records }) => records.some((one) => one.record === record));

/** Without the records: a row is rebuilt whenever its item changes. */
const spanOf = (episode) => episode && { start: episode.start, end: episode.end, stops: episode.stops };

/** The order of items within one millisecond. */
const ORDER = { updates: 1, fetches: 2, line: 3, callbacks: 4 };

function lineItem({ id, at, message, fields }) {
  const start = Date.parse(at);
  const { callSid = null, ...record } = fields;
  const order = message === 'call created' ? 0 : ORDER.line;
  return { key: `line/${id}`, list: message, record, way: 'note', start, end: start, order, callSid };
}

export function timelineRow(item) {
  const { way, record, start, callSid, key } = item;
  return element(
    'li',
    { class: `row ${way}` },
    element(
      'div',
      { class: 'when mono' },
      element('time', { datetime: new Date(start).toISOString() }, clock(start)),
      callSid !== null && element('span', { class: 'of', title: callSid }, shortSid(callSid)),
    ),
    element('b', { class: `way ${way}` }, way === 'note' ? '–' : way),
    element(
      'div',
      { class: 'what' },
      element('span', { class: 'title' }, titleOf(item)),
      ' ',
      resultOf(item),
      record.fault && element('span', { class: 'fault' }, 'fault ', JSON.stringify(record.fault)),
      record.error && element('span', { class: 'fault' }, record.error.message ?? record.error),
      details(item, key),
    ),
    waterfall(item),
  );
}

function titleOf({ list, way, record }) {
  if (way === 'in') return `POST ${requestTitle(record)}`;
  if (list === 'fetches') return `${record.method} document${ROLES[record.role] ?? ` (${record.role})`}`;
  if (list === 'callbacks') return `${record.method} ${record.event}, attempt ${record.attempt}`;
  const named = record.streamName ?? record.status ?? '';
  return `${words(list)}${named === '' ? '' : `: ${named}`}`;
}

function requestTitle(record) {
  if (startsStream(record)) return 'Start a Stream';
  return /\/Streams\//.test(record.path) ? 'Update a Stream' : 'Update a Call';
}

const ROLES = { url: '', fallbackUrl: ' from FallbackUrl', redirect: ', redirected' };

function resultOf({ way, record }) {
  if (way === 'note') return null;
  const isFine = record.status >= 200 && record.status < 300 && !record.error;
  return element('span', { class: `pill ${isFine ? 'live' : 'bad'}` }, resultText(way, record));
}

function resultText(way, { status, dropped, code, durationMs }) {
  if (dropped) return 'connection dropped';
  if (way === 'in' && status === null) return 'no response yet';
  const tail = way === 'out' ? ` in ${duration(durationMs)}` : code ? `, code ${code}` : '';
  return `${status ?? 'no response'}${tail}`;
}

/** Shows when the request ran within its episode, and its delay after the first request. */
function waterfall({ episode, start, end }) {
  if (episode === undefined) return null;
  const total = Math.max(episode.end - episode.start, 1);
  const percent = (ms) => Math.min((100 * Math.max(ms, 0)) / total, 100);
  const x = Math.min(percent(start - episode.start), 98);
  return element(
    'div',
    { class: 'waterfall' },
    element('span', { class: 'mono' }, `+${duration(start - episode.start)}`),
    svg(
      'svg',
      { viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      svg('rect', { class: 'track', width: 100, height: 8 }),
      svg('rect', { class: 'span', x, width: Math.max(percent(end - start), 2), height: 8 }),
      episode.stops.map((stop) =>
        svg('rect', { class: 'end', x: Math.min(percent(stop - episode.start), 99), width: 1, height: 8 }),
      ),
    ),
  );
}

/** Fields that the row shows outside its details. */
const ROW_FIELDS = new Set([
  'number',
  'at',
  'startedAt',
  'status',
  'fault',
  'error',
  'attempt',
  'event',
  'method',
  'role',
  'streamName',
]);

function details({ record }, key) {
  const { body, params, headers, ...rest } = record;
  const entries = Object.entries(rest).filter(([name, value]) => !ROW_FIELDS.has(name) && hasContent(value));
  if (!hasContent(body) && !hasContent(params) && entries.length === 0) return null;
  return element(
    'details',
    { 'data-key': key },
    element('summary', {}, hasContent(body) ? 'Document' : 'Details'),
    hasContent(body) && element('pre', { tabindex: 0 }, inLines(body)),
    hasContent(params) && facts(Object.entries(params)),
    facts(entries.map(([name, value]) => [words(name), name.endsWith('At') ? clock(value) : value])),
    hasContent(headers) && facts(Object.entries(headers)),
  );
}

/** Puts each tag of a document on its own line. */
const inLines = (xml) => xml.replaceAll(/>\s*</g, '>\n<');
