import { html, useEffect, useRef, useState } from 'htm/preact/standalone';
import { shortSid } from '../../../platform/page/format.js';
import { request } from '../api.js';
import { REOPEN_MS, useEvents, usePolled } from '../live.js';
import { cellsOf, listLink, Pill, ProblemNote, Table, Time } from '../parts.js';
import { listAddress, oneAddress, replace } from '../route.js';
import { BulkButton } from './bulk.js';
import { FilterForm } from './filter-form.js';
import { isDoubtful, summaryOf } from '../one/summary.js';
import { atTime, eventsQuery, filterIn, isRetryable, matches, queryOf } from './filter.js';

const PAGE = 50;
const MOST = 1000;
const MOST_LISTED = 200;

export function ListView({ route, may, session }) {
  const filter = filterIn(route.query);
  const query = queryOf(filter);
  const { items, next, problem: unread, retried, load, add, hold } = useList(filter, query);
  // An open stream does not tell of outages, nor of their end.
  const { data: queue, problem: away } = usePolled('queue', REOPEN_MS);
  const problem = unread ?? away;
  const reload = () => void load();
  useEffect(() => {
    if (unread) reload();
  }, [queue]);
  const isOpen = useEvents(unread?.status === 400 ? null : `events?${eventsQuery(filter)}`, add, reload);
  const connection = isOpen && !problem ? 'live' : 'connecting …';
  const bulk = (action) =>
    html`<${BulkButton}
      action=${action}
      filter=${filter}
      by=${session.name}
      isOff=${problem || !items?.length}
      onDone=${reload}
    />`;
  return html`<div>
    <h1>Cancellations</h1>
    <${FilterForm}
      filter=${filter}
      projects=${session.projects ?? queue?.projects.map(({ project }) => project) ?? []}
      onChange=${(changed) => replace(listAddress(queryOf(changed)))}
    />
    <div class="bar">
      <p role="status" class="connection" data-state=${connection} hidden=${!items && problem}>
        ${items === null ? 'Loading …' : next === null ? `${items.length} found` : `The newest ${items.length}`}${', '}
        ${connection}
      </p>
      ${may('cancel') && html`<span class="actions">${bulk('retry')} ${bulk('withdraw')}</span>`}
    </div>
    <${ProblemNote}
      problem=${problem}
      title=${items ? 'The list may have changed' : 'The list cannot be read'}
      onRetry=${reload}
    />
    ${items?.length === 0 && next === null && html`<p class="empty">${query ? NO_MATCH : NOTHING}</p>`}
    ${items?.length > 0 && html`<${Rows} items=${items} retried=${retried} hold=${hold} />`}
    ${
      next !== null &&
      html`<p class="actions"><button onClick=${() => load(next)}>Show older ones</button></p>`
    }
  </div>`;
}

const NOTHING = 'There are no cancellations yet.';
const NO_MATCH = html`Nothing matches. ${listLink({}, 'Show everything')}`;

const NONE = { items: null, next: null, problem: null, retried: new Set() };

/** The list so far: `load` reads it from a cursor on, or anew, `add` adds changes, `hold` keeps it still. */
function useList(filter, query) {
  const [list, setList] = useState(NONE);
  const held = useRef(null);
  const current = useRef();
  current.current = query;
  const loading = useRef(new Set());
  const load = async (cursor) => {
    const heard = [];
    loading.current.add(heard);
    const wanted = { ...atTime(filter), ...(cursor && { cursor }) };
    const read = async () => {
      const { items, nextCursor } = await request(`cancellations?limit=${PAGE}&${queryOf(wanted)}`);
      const retried = await retriedAmong(items, wanted);
      // What waits under the pointer may be older than this.
      if (!cursor && held.current) held.current = [];
      return (before) => ({
        // What was heard of in the meantime is newer than the answer.
        items: withChanges(filter, merged(cursor ? before.items : [], items), heard),
        next: nextCursor,
        problem: null,
        retried: new Set([...before.retried, ...retried]),
      });
    };
    const change = await read().catch((problem) => (before) => ({ ...before, problem }));
    loading.current.delete(heard);
    if (current.current === query) setList(change);
  };
  useEffect(() => {
    held.current = null;
    setList(NONE);
    void load();
  }, [query]);
  const add = (changed) => {
    for (const heard of loading.current) heard.push(...changed);
    if (held.current) return void held.current.push(...changed);
    const withThem = (before) => ({
      ...before,
      items: withChanges(filter, before.items, changed).slice(0, MOST),
      retried: new Set([...before.retried, ...changed.map(({ retryOf }) => retryOf)]),
    });
    return setList((before) => (before.items === null ? before : withThem(before)));
  };
  const hold = (isOn) => {
    const waiting = held.current ?? [];
    held.current = isOn ? waiting : null;
    if (!isOn) add(waiting);
  };
  return { ...list, load, add, hold };
}

/** The ids of those that were retried, which they do not tell themselves. */
async function retriedAmong(items, filter) {
  if (filter.retried || !items.some(isRetryable)) return [];
  const createdAfter = items.at(-1).createdAt;
  const query = queryOf({ ...filter, createdAfter, retried: true, limit: MOST_LISTED });
  return request(`cancellations?${query}`).then(
    (answer) => answer.items.map(({ id }) => id),
    () => [],
  );
}

export function withChanges(filter, items, changed) {
  const known = new Set(items.map(({ id }) => id));
  return merged(
    items,
    changed.filter((one) => known.has(one.id) || matches(filter, one)),
  );
}

/** Each cancellation once, as it was last heard of, the newest first. */
export function merged(before, after) {
  const byId = new Map([...before, ...after].map((one) => [one.id, one]));
  return [...byId.values()].toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
}

const COLUMNS = ['Status', 'Call', 'Stream', 'Project', 'Result', 'Requested'];

function Rows({ items, retried, hold }) {
  // The pointer does not leave a table that goes away.
  useEffect(() => () => hold(false), []);
  return html`<${Table}
    class="rows"
    columns=${COLUMNS}
    onMouseEnter=${() => hold(true)}
    onMouseLeave=${() => hold(false)}
  >
    ${items.map((one) => html`<${Row} key=${one.id} one=${one} isRetried=${retried.has(one.id)} />`)}
  <//>`;
}

function Row({ one, isRetried }) {
  const by = one.requestedBy && html` <span class="hint">by ${one.requestedBy}</span>`;
  const requested = html`<${Time} at=${one.createdAt} />${by}`;
  return html`<tr>
    <td class="first">
      <${Pill} of=${one.status} tone=${isDoubtful(one) && 'warn'} />
      ${one.retryOf && html` <span class="hint">a retry</span>`}${isRetried && html` <span class="hint">retried</span>`}
    </td>
    <th scope="row" class="first mono">
      <a href=${oneAddress(one.id)} title=${one.callSid}>${shortSid(one.callSid)}</a>
    </th>
    ${cellsOf(COLUMNS.slice(2), [one.streamName ?? one.streamSid, one.project, summaryOf(one), requested])}
  </tr>`;
}
