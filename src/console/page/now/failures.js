import { html, useEffect, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { BulkButton } from '../list/bulk.js';
import { atTime, queryOf } from '../list/filter.js';
import { codeOf, HOPELESS, reasonOf, REASONS } from '../list/reasons.js';
import { earliest, REOPEN_MS, useEvents } from '../live.js';
import { ProblemNote } from '../parts.js';
import { listAddress } from '../route.js';

const FAILED = { status: ['failed', 'expired'], last: '1h', retried: 'false' };
const MOST = 200;
const AGAIN_MS = 30_000;
const NOT_SOONER_MS = 2000;

export function Failures({ may }) {
  const [state, setState] = useState({ items: null, isAll: true, problem: null });
  const read = () => {
    loading.doIn(AGAIN_MS);
    // A row that goes away would take its open dialog with it.
    if (document.hidden || document.querySelector('dialog')) return;
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
  const all = listAddress(queryOf(FAILED));
  return html`<section aria-labelledby="failures">
    <h2 id="failures">Failed or expired, and not retried</h2>
    <${ProblemNote} problem=${problem} title="The list cannot be read" />
    ${
      items?.length === 0 &&
      problem === null &&
      html`<p class="empty">
        ${
          isAll
            ? 'None of those requested in the last hour.'
            : html`None has been found so far. <a href=${all}>Look further</a>`
        }
      </p>`
    }
    ${
      items?.length > 0 &&
      html`<ul class="reasons">
          ${reasonsOf(items).map(
            ({ code, filter, name, count, examples }) =>
              html`<li key=${code}>
                <a href=${listAddress(queryOf(filter))}><b>${count}${isAll ? '' : '+'}</b> ${name}</a>
                ${may('cancel') && html`<${BulkButton} action="retry" label="Retry …" filter=${filter} onDone=${load} />`}
                <span class="hint"
                  >${[[...examples].slice(0, 2).join('; '), HOPELESS[code]].filter(Boolean).join('. ')}</span
                >
              </li>`,
          )}
        </ul>
        <p class="hint">
          Requested in the last hour. <a href=${all}>Show all${isAll ? ` ${items.length}` : ''}</a>
        </p>`
    }
  </section>`;
}

export function reasonsOf(items) {
  const reasons = new Map();
  for (const one of items) {
    const code = codeOf(one);
    const { count, examples } = reasons.get(code) ?? { count: 0, examples: new Set() };
    examples.add(reasonOf(one).at(-1));
    const filter = { ...FAILED, failureCode: [code] };
    reasons.set(code, { code, filter, name: REASONS[code] ?? code, examples, count: count + 1 });
  }
  return [...reasons.values()].toSorted((a, b) => b.count - a.count);
}
