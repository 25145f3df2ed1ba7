import { html, useEffect, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { BulkButton } from '../list/bulk.js';
import { atTime, queryOf } from '../list/filter.js';
import { reasonOf } from '../list/reasons.js';
import { earliest, REOPEN_MS, useEvents } from '../live.js';
import { ProblemNote } from '../parts.js';
import { listAddress } from '../route.js';

const FAILED = { status: ['failed', 'expired'], last: '1h' };
const MOST = 200;
const AGAIN_MS = 30_000;
const NOT_SOONER_MS = 2000;

/** What was accepted in the last hour and failed, by reason, and how to retry it. */
export function Failures({ may }) {
  const [state, setState] = useState({ items: null, isAll: true, problem: null });
  const read = () => {
    loading.doIn(AGAIN_MS);
    if (document.hidden) return;
    request(`cancellations?${queryOf({ ...atTime(FAILED), limit: MOST })}`).then(
      ({ items, nextCursor }) => setState({ items, isAll: nextCursor === null, problem: null }),
      (problem) => {
        setState((before) => ({ ...before, problem }));
        loading.doIn(REOPEN_MS);
      },
    );
  };
  const [loading] = useState(() => earliest(read));
  const load = loading.doNow;
  const loadSoon = () => loading.doIn(NOT_SOONER_MS);
  useEffect(() => {
    load();
    return loading.stopForGood;
  }, []);
  useEvents(`events?${queryOf({ status: FAILED.status })}`, loadSoon, loadSoon);
  const { items, isAll, problem } = state;
  return html`<section aria-labelledby="failures">
    <h2 id="failures">Failed, accepted in the last hour</h2>
    <${ProblemNote} problem=${problem} title="The list cannot be read" />
    ${
      items?.length === 0 &&
      problem === null &&
      html`<p class="empty">
        ${
          isAll
            ? 'Nothing that was accepted in the last hour has failed.'
            : html`None has been found so far. <a href=${listAddress(queryOf(FAILED))}>Look further</a>`
        }
      </p>`
    }
    ${
      items?.length > 0 &&
      html`<ul class="reasons">
          ${reasonsOf(items).map(
            ({ filter, name, count, example }) =>
              html`<li>
                <a href=${listAddress(queryOf(filter))}><b>${count}${isAll ? '' : '+'}</b> ${name}</a>
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
