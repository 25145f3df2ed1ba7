import { callCard, isLive, runningStream } from './call-card.js';
import { cancelCommand, createCommand, FAULTS, newCall } from './commands.js';
import { createCall, endCall } from './control.js';
import { EventReader } from './event-reader.js';
import { element } from './elements.js';
import { KeyedList } from './keyed-list.js';
import { timelineItems, timelineRow } from './timeline.js';
import { shortSid } from './format.js';

/** The same as the simulator's limits `feedCalls` and `feedLines`. */
const MAX_CALLS = 50;
const MAX_LINES = 200;
const MAX_ROWS = 200;

const DEFAULT_SERVICE = 'http://localhost:3000';

const byId = (id) => document.getElementById(id);
const calls = new Map();
let lines = [];
let filter = '';
let isDrawing = false;

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
  drawCommands(shown);
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

function drawCommands(shown) {
  const call = shown.find((one) => isLive(one) && runningStream(one));
  const ids = call && { callSid: call.sid, streamName: runningStream(call).name };
  const service = (byId('service-url').value || DEFAULT_SERVICE).replace(/\/+$/, '');
  const command = ids ? cancelCommand(service, ids) : 'No call has a running stream. Create one first.';
  if (byId('cancel-command').textContent !== command) byId('cancel-command').textContent = command;
  document.querySelector('[data-copy=cancel-command]').disabled = !ids;
  byId('create-command').textContent = createCommand(location.origin, newCall(byId('fault').value));
}

const showOutcome = (text) => {
  byId('outcome').textContent = text;
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

/** Runs an action and shows its outcome. */
async function attempt(act, text) {
  try {
    showOutcome(text(shortSid(await act())));
  } catch (error) {
    showOutcome(`Failed: ${error.message}`);
  }
}

const ACTIONS = {
  end: (sid) =>
    attempt(
      () => endCall(sid),
      (ended) => `Call ${ended} has ended.`,
    ),
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
  void attempt(
    () => createCall(call),
    (sid) => `Call ${sid} is live. Now stop its stream.`,
  );
});
byId('service').addEventListener('submit', (event) => event.preventDefault());
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
    drawSoon();
  },
  call: (call) => {
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
