import { html, useEffect, useRef, useState } from 'htm/preact/standalone';
import { duration, shortSid, words } from '../../../platform/page/format.js';
import { request } from '../api.js';
import { useEvents } from '../live.js';
import { Pill, ProblemNote, Time } from '../parts.js';
import { listAddress, oneAddress, replace } from '../route.js';
import { BulkButton } from './bulk.js';
import { FilterForm } from './filter-form.js';
import { reasonOf } from './reasons.js';
import { atTime, eventsQuery, filterIn, matches, queryOf } from './filter.js';

const PAGE = 50;
const MOST = 1000;

/** The cancellations that match the filter in the address, as they change. */
export function ListView({ route, may, session }) {
  const filter = filterIn(route.query);
  const query = queryOf(filter);
  const { items, next, problem, load, add } = useList(filter, query);
  const reload = () => void load(null);
  const isLive = useEvents(may('read') ? `events?${eventsQuery(filter)}` : null, add, reload);
  if (!may('read'))
    return html`<h1>Cancellations</h1>
      <p class="empty">Your key may not read cancellations: it needs the scope read.</p>`;
  return html`<h1>Cancellations</h1>
    <${FilterForm}
      filter=${filter}
      session=${session}
      onChange=${(changed) => replace(listAddress(queryOf(changed)))}
    />
    <div class="bar">
      <p role="status" class="connection" data-state=${isLive ? 'live' : 'connecting'}>
        ${items === null ? 'Loading …' : next === null ? `${items.length} found` : `The newest ${items.length}`}
        ${isLive ? ', shown as they change' : ', reconnecting …'}
      </p>
      ${
        may('cancel') &&
        html`<span class="actions">
          <${BulkButton} action="retry" filter=${filter} onDone=${reload} />
          <${BulkButton} action="withdraw" filter=${filter} onDone=${reload} />
        </span>`
      }
    </div>
    <${ProblemNote} problem=${problem} title="The list cannot be read" onRetry=${reload} />
    ${items?.length === 0 && next === null && html`<${Nothing} isFiltered=${query !== ''} />`}
    ${items?.length > 0 && html`<${Rows} items=${items} />`}
    ${
      next !== null &&
      items !== null &&
      html`<p class="actions"><button type="button" onClick=${() => load(next)}>Show older ones</button></p>`
    }`;
}

const Nothing = ({ isFiltered }) =>
  isFiltered
    ? html`<p class="empty">Nothing matches. <a href=${listAddress('')}>Show everything</a></p>`
    : html`<p class="empty">
        There are no cancellations yet. They appear here as soon as a service asks for one:${' '}<code
          >POST /cancellations</code
        >.
      </p>`;

/** The list so far, which `load` reads from a cursor on, or anew, and to which `add` adds changes. */
function useList(filter, query) {
  const [list, setList] = useState({ items: null, next: null, problem: null });
  const current = useRef();
  current.current = query;
  const loading = useRef(new Set());
  const load = async (cursor) => {
    const heard = [];
    loading.current.add(heard);
    const page = { limit: PAGE, ...(cursor && { cursor }) };
    const read = await request(`cancellations?${queryOf({ ...atTime(filter), ...page })}`).then(
      ({ items, nextCursor }) =>
        (before) => ({
          // What was heard of in the meantime is newer than the answer.
          items: withChanges(filter, merged(cursor ? before.items : [], items), heard),
          next: nextCursor,
          problem: null,
        }),
      (problem) => (before) => ({ ...before, problem }),
    );
    loading.current.delete(heard);
    if (current.current === query) setList(read);
  };
  useEffect(() => {
    setList({ items: null, next: null, problem: null });
    void load(null);
  }, [query]);
  const add = (changed) => {
    for (const heard of loading.current) heard.push(...changed);
    setList((before) =>
      before.items === null
        ? before
        : { ...before, items: withChanges(filter, before.items, changed).slice(0, MOST) },
    );
  };
  return { ...list, load, add };
}

/** The list with what has changed, as far as it is in the list or belongs there. */
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
  return [...byId.values()].toSorted((a, b) =>
    a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0,
  );
}

const Rows = ({ items }) =>
  html`<table class="rows">
    <thead>
      <tr>
        <th>Status</th>
        <th>Call</th>
        <th>Stream</th>
        <th>Project</th>
        <th>What came of it</th>
        <th>Accepted</th>
      </tr>
    </thead>
    <tbody>
      ${items.map((one) => html`<${Row} key=${one.id} one=${one} />`)}
    </tbody>
  </table>`;

const Row = ({ one }) =>
  html`<tr>
    <td class="first"><${Pill} of=${one.status} /></td>
    <th scope="row" class="first mono">
      <a href=${oneAddress(one.id)} title=${one.callSid}>${shortSid(one.callSid)}</a>
    </th>
    <td data-name="Stream">${one.streamName ?? one.streamSid}</td>
    <td data-name="Project">${one.project}</td>
    <td data-name="What came of it">${resultOf(one)}</td>
    <td data-name="Accepted">
      <${Time}
        at=${one.createdAt}
      />${one.requestedBy && html` <span class="hint">by ${one.requestedBy}</span>`}
    </td>
  </tr>`;

const PROOF = {
  document_fetched: ['documentFetchedAt', 'document fetched'],
  stream_stopped: ['streamStoppedAt', 'stream stopped'],
  accepted: ['acceptedAt', 'accepted by SignalWire'],
};

/** How it ended, in a few words. */
export function resultOf(one) {
  const { status, evidence, attempts, createdAt } = one;
  if (status === 'failed' || status === 'expired') return reasonOf(one).join(': ');
  if (evidence === 'call_ended') return 'the call is over';
  const [field, text] = PROOF[evidence] ?? [];
  if (field && one[field]) return `${text} after ${duration(Date.parse(one[field]) - Date.parse(createdAt))}`;
  const last = attempts.at(-1);
  return last ? `attempt ${last.number}: ${words(last.outcome)}` : '';
}
