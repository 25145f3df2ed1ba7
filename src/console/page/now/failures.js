import { html, useEffect, useRef, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { BulkButton } from '../list/bulk.js';
import { atTime, queryOf } from '../list/filter.js';
import { reasonOf } from '../list/reasons.js';
import { REOPEN_MS, useEvents } from '../live.js';
import { ProblemNote } from '../parts.js';
import { listAddress } from '../route.js';

const FAILED = { status: ['failed', 'expired'], last: '1h' };
const MOST = 200;
const AGAIN_MS = 30_000;
const NOT_SOONER_MS = 2000;

/** What failed in the last hour, by reason, and how to retry it. */
export function Failures({ may }) {
  const [state, setState] = useState({ items: null, isAll: true, problem: null });
  const soon = useRef();
  const isOver = useRef(false);
  const loadIn = (ms) => {
    clearTimeout(soon.current);
    if (!isOver.current) soon.current = setTimeout(load, ms);
  };
  const load = () => {
    loadIn(AGAIN_MS);
    if (document.hidden) return;
    request(`cancellations?${queryOf({ ...atTime(FAILED), limit: MOST })}`).then(
      ({ items, nextCursor }) => setState({ items, isAll: nextCursor === null, problem: null }),
      (problem) => {
        setState((before) => ({ ...before, problem }));
        loadIn(REOPEN_MS);
      },
    );
  };
  const loadSoon = () => loadIn(NOT_SOONER_MS);
  useEffect(() => {
    load();
    return () => {
      isOver.current = true;
      clearTimeout(soon.current);
    };
  }, []);
  useEvents(`events?${queryOf({ status: FAILED.status })}`, loadSoon, loadSoon);
  const { items, isAll, problem } = state;
  return html`<section aria-labelledby="failures">
    <h2 id="failures">Failed in the last hour</h2>
    <${ProblemNote} problem=${problem} title="The list cannot be read" />
    ${items?.length === 0 && html`<p class="empty">No stop has failed in the last hour.</p>`}
    ${
      items?.length > 0 &&
      html`<ul class="reasons">
          ${reasonsOf(items).map(
            ({ filter, name, count, example }) =>
              html`<li>
                <a href=${listAddress(queryOf(filter))}><b>${count}</b> ${name}</a>
                <span class="hint">${example}</span>
              </li>`,
          )}
        </ul>
        <p class="actions">
          <a class="button" href=${listAddress(queryOf(FAILED))}
            >Show all${isAll ? ` ${items.length}` : ''}</a
          >
          ${may('cancel') && html`<${BulkButton} action="retry" label="Retry them …" filter=${FAILED} onDone=${load} />`}
        </p>`
    }
  </section>`;
}

/** The reasons, the most frequent first, each with a list that shows those that have it. */
export function reasonsOf(items) {
  const reasons = new Map();
  for (const one of items) {
    const code = one.failure?.code ?? null;
    const [name, example] = reasonOf(one);
    const key = code ?? `${one.status} ${name}`;
    const { count } = reasons.get(key) ?? { count: 0 };
    const filter = code === null ? { ...FAILED, status: [one.status] } : { ...FAILED, failureCode: [code] };
    reasons.set(key, { filter, name, example, count: count + 1 });
  }
  return [...reasons.values()].toSorted((a, b) => b.count - a.count);
}
