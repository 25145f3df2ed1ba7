import { callCard, isLive, runningStream } from './call-card.js';
import { cancelCommand, createCommand, FAULTS, newCall, newCancellation } from './commands.js';
import { cancel, createCall, endCall } from './control.js';
import { EventReader } from './event-reader.js';
import { element } from './elements.js';
import { KeyedList } from './keyed-list.js';
import { timelineItems, timelineRow } from './timeline.js';
import { progressOf } from './progress.js';
import { shortSid } from '../../platform/page/format.js';

/** The same as the simulator's limits `feedCalls` and `feedLines`. */
const MAX_CALLS = 50;
const MAX_LINES = 200;
const MAX_ROWS = 200;

const DEFAULT_SERVICE = 'http://localhost:3000';
const NOTHING_RUNS = 'No call has a running stream. Create one first.';

const byId = (id) => document.getElementById(id);
const calls = new Map();
let lines = [];
let filter = '';
let isDrawing = false;
/** The call that was last created, stopped or ended here. */
let current = '';
/** The calls whose stream the service was asked to stop. */
const asked = new Set();
/** Shown in place of the call's progress until that changes. */
let notice = '';

const cards = new KeyedList(byId('calls'), callCard);
const rows = new KeyedList(byId('timeline'), timelineRow);

/** Newest first. */
const newestCalls = () => [...calls.values()].toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));

function draw() {
  isDrawing = false;
  const shown = newestCalls();
  const items = timelineItems(shown, lines, filter);
  cards.show(shown.map((call) => [call.sid, call]));
  rows.show(items.slice(0, MAX_ROWS).map((item) => [item.key, item]));
  byId('calls-count').textContent =
    shown.length === 0 ? '' : `${shown.filter(isLive).length} of ${shown.length} live`;
  byId('timeline-count').textContent = items.length > MAX_ROWS ? `latest ${MAX_ROWS} of ${items.length}` : '';
  byId('calls-empty').hidden = shown.length > 0;
  byId('timeline-empty').hidden = items.length > 0;
  drawFilter(shown);
  drawCommands();
  drawPages();
  drawOutcome();
}

function drawOutcome() {
  const call = calls.get(current);
  const text = notice || (call ? progressOf(call, asked.has(current)) : '');
  // A status that is set again would be read out again.
  if (byId('outcome').textContent !== text) byId('outcome').textContent = text;
}

const serviceUrl = () => (byId('service-url').value || DEFAULT_SERVICE).replace(/\/+$/, '');

function drawPages() {
  const isUrl = /^https?:\/\//i.test(serviceUrl());
  for (const link of byId('service-pages').children) {
    if (isUrl) link.setAttribute('href', serviceUrl() + link.dataset.path);
    else link.removeAttribute('href');
    link.target = '_blank';
    link.rel = 'noopener';
  }
}

/** What stops the running stream of the newest call that has one, if any. */
function nextCancellation() {
  const call = newestCalls().find((one) => isLive(one) && runningStream(one));
  return call && newCancellation(call.sid, runningStream(call).name);
}

/** Draws once per frame at most, because changes come in bursts. */
function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(draw);
}

function drawFilter(shown) {
  const select = byId('filter');
  const options = [['', 'all calls'], ...shown.map(({ sid }) => [sid, shortSid(sid)])];
  if (select.dataset.options === JSON.stringify(options)) return;
  select.dataset.options = JSON.stringify(options);
  select.replaceChildren(...options.map(([value, text]) => element('option', { value, title: value }, text)));
  select.value = filter;
}

function drawCommands() {
  const cancellation = nextCancellation();
  const command = cancellation ? cancelCommand(serviceUrl(), cancellation) : NOTHING_RUNS;
  if (byId('cancel-command').textContent !== command) byId('cancel-command').textContent = command;
  document.querySelector('[data-copy=cancel-command]').disabled = !cancellation;
  byId('create-command').textContent = createCommand(location.origin, newCall(byId('fault').value));
}

const showOutcome = (text) => {
  notice = text;
  drawOutcome();
};

async function copy(id) {
  const source = byId(id);
  try {
    await navigator.clipboard.writeText(source.textContent);
    showOutcome('Copied.');
  } catch {
    getSelection().selectAllChildren(source);
    showOutcome('The browser blocked copying. The command is selected instead.');
  }
}

/** Runs an action; what comes of it shows in the call's progress. @param act returns the call's sid */
async function attempt(act) {
  try {
    current = await act();
    showOutcome('');
  } catch (error) {
    showOutcome(`Failed: ${error.message}`);
  }
}

async function stop(cancellation) {
  await cancel(cancellation);
  asked.add(cancellation.callSid);
  return cancellation.callSid;
}

const ACTIONS = {
  end: (sid) => attempt(() => endCall(sid)),
  filter: (sid) => {
    filter = sid;
    byId('filter').value = sid;
    draw();
    byId('timeline-title').scrollIntoView({ block: 'nearest' });
  },
};

document.addEventListener('click', ({ target }) => {
  const { action, sid, copy: source } = target.closest('button')?.dataset ?? {};
  if (action) void ACTIONS[action](sid);
  if (source) void copy(source);
});
byId('create').addEventListener('submit', (event) => {
  event.preventDefault();
  const call = newCall(byId('fault').value);
  void attempt(() => createCall(call));
});
byId('service').addEventListener('submit', (event) => {
  event.preventDefault();
  const cancellation = nextCancellation();
  // The button stays enabled without a running stream, because a disabled one loses the keyboard's focus.
  if (cancellation) void attempt(() => stop(cancellation));
  else showOutcome(NOTHING_RUNS);
});
byId('service-url').addEventListener('input', draw);
byId('fault').addEventListener('change', draw);
byId('filter').addEventListener('change', ({ target }) => {
  filter = target.value;
  draw();
});

byId('fault').replaceChildren(...Object.keys(FAULTS).map((name) => element('option', {}, name)));
byId('service-url').value = new URLSearchParams(location.search).get('service') ?? DEFAULT_SERVICE;

new EventReader('/simulator/events', {
  state: (state, text) => {
    byId('connection').dataset.state = state;
    byId('connection').textContent = text;
  },
  reset: () => {
    calls.clear();
    lines = [];
    filter = '';
    asked.clear();
    current = '';
    notice = '';
    drawSoon();
  },
  call: (call) => {
    if (call.sid === current) notice = '';
    calls.delete(call.sid);
    calls.set(call.sid, call);
    if (calls.size > MAX_CALLS) calls.delete(calls.keys().next().value);
    drawSoon();
  },
  line: (line, id) => {
    lines = [...lines, { ...line, id }].slice(-MAX_LINES);
    drawSoon();
  },
}).connect();
