import { element, facts, hasContent, svg } from './elements.js';
import { endedWithCall, recordsOf, stopOf } from './episodes.js';
import { clock, duration, words } from '../../platform/page/format.js';

/** Fields that the card shows elsewhere or leaves out. */
const CARD_FIELDS = new Set(
  'sid status streams verbs said warnings activity createdAt endedAt endReason accountSid'.split(' '),
);

const BAR_WIDTH = 1000;

export const isLive = ({ endedAt }) => endedAt === null;

export const runningStream = ({ streams }) => streams.find(({ stoppedAt }) => stoppedAt === null);

/** One call. The buttons carry `data-action` and `data-sid`. */
export function callCard(call) {
  return element(
    'article',
    { class: 'panel call', 'aria-label': `Call ${call.sid}` },
    element(
      'header',
      {},
      element('h3', { class: 'mono' }, call.sid),
      element('span', { class: `pill ${isLive(call) ? 'live' : 'over'}` }, call.status),
    ),
    element('p', { class: 'doing' }, activityText(call)),
    call.verbs.length > 0 && verbs(call),
    element(
      'ul',
      { class: 'streams' },
      call.streams.map((stream) => streamItem(call, stream)),
    ),
    call.streams.length === 0 && element('p', { class: 'hint' }, 'No streams.'),
    warnings(call),
    otherFields(call),
    element(
      'p',
      { class: 'actions' },
      element('button', { type: 'button', 'data-action': 'filter', 'data-sid': call.sid }, 'Show timeline'),
      isLive(call) &&
        element('button', { type: 'button', 'data-action': 'end', 'data-sid': call.sid }, 'End call'),
    ),
  );
}

/** The verb and document that the call is running, or how it ended. */
function activityText(call) {
  const verb = call.verbs.at(-1);
  const fetch = call.fetches.findLast(({ error }) => error === null);
  if (!isLive(call)) {
    const last = verb === undefined ? 'before the first document' : `after ${verbText(verb)}`;
    const why = call.endReason ? `: ${words(call.endReason)}` : '';
    return [element('b', {}, `Ended at ${clock(call.endedAt)}${why}`), `, ${last}.`];
  }
  if (fetch === undefined) return `Live since ${clock(call.createdAt)}; no document fetched yet.`;
  const document = `the document fetched at ${clock(fetch.startedAt)}`;
  if (verb === undefined) return `Running ${document}.`;
  const since = call.activity ? ` since ${clock(call.activity.since)},` : '';
  return [element('b', {}, `Running ${verbText(verb)}`), `${since} from ${document}.`];
}

const verbText = ({ name, attributes = {} }) =>
  `<${[name, ...Object.entries(attributes).map(([key, value]) => `${key}="${value}"`)].join(' ')}>`;

function verbs({ verbs: ran }) {
  return element(
    'ol',
    { class: 'verbs', 'aria-label': 'Verbs run' },
    ran.slice(-8).map((verb) => element('li', {}, verbText(verb), verb.text && ` ${verb.text}`)),
  );
}

function streamItem(call, stream) {
  const isRunning = stream.stoppedAt === null;
  const stop = stopOf(call, stream);
  return element(
    'li',
    {},
    element('span', { class: `pill ${isRunning ? 'live' : 'over'}` }, isRunning ? 'running' : 'stopped'),
    ' ',
    element('b', { class: 'name' }, stream.name),
    element('span', { class: 'since' }, since(call, stream)),
    element('span', { class: 'sid mono' }, stream.sid),
    facts(Object.entries(stream).filter(([name, value]) => !STREAM_FIELDS.has(name) && hasContent(value))),
    stop !== null && stopBar(stop),
  );
}

function since(call, stream) {
  if (stream.stoppedAt === null) return ` since ${clock(stream.startedAt)}`;
  return ` ${endedWithCall(call, stream) ? 'when the call ended ' : ''}at ${clock(stream.stoppedAt)}`;
}

const STREAM_FIELDS = new Set(['sid', 'name', 'status', 'startedAt', 'stoppedAt']);

function stopBar({ ms, requests, parts }) {
  const text = `Stopped ${duration(ms)} after the ${requests > 1 ? `first of ${requests} requests` : 'request'}`;
  let x = 0;
  const rects = parts.map((part, index) => {
    const width = (BAR_WIDTH * Math.max(part.ms, ms / 100)) / Math.max(ms, 1);
    const rect = svg('rect', { class: `part-${parts.length - index}`, x, width, height: 10 });
    x += width;
    return rect;
  });
  const box = `0 0 ${Math.max(x, 1)} 10`;
  return element(
    'div',
    { class: 'stop' },
    element('p', {}, text),
    svg('svg', { viewBox: box, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, rects),
    element(
      'ul',
      { class: 'parts' },
      parts.map((part, index) =>
        element(
          'li',
          { class: `part-${parts.length - index}` },
          `${part.name} `,
          element('b', {}, duration(part.ms)),
        ),
      ),
    ),
  );
}

function warnings({ warnings: texts = [] }) {
  if (texts.length === 0) return null;
  return element(
    'ul',
    { class: 'warnings' },
    texts.slice(-5).map((text) => element('li', {}, text)),
  );
}

/** Shows every field that the page does not know, so that a new field needs no change here. */
function otherFields(call) {
  const lists = new Set(recordsOf(call).map(({ list }) => list));
  const entries = Object.entries(call).filter(
    ([name, value]) => !CARD_FIELDS.has(name) && !lists.has(name) && hasContent(value),
  );
  return element(
    'details',
    { 'data-key': `more/${call.sid}` },
    element('summary', {}, 'More'),
    facts([...entries.map(([name, value]) => [words(name), value]), ['created at', clock(call.createdAt)]]),
  );
}
