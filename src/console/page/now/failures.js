import { html, useEffect, useRef } from 'htm/preact/standalone';
import { BulkButton } from '../list/bulk.js';
import { atTime, queryOf } from '../list/filter.js';
import { byCode, HOPELESS, reasonOf, REASONS } from '../list/reasons.js';
import { usePolled } from '../live.js';
import { ProblemNote } from '../parts.js';
import { listAddress } from '../route.js';

const FAILED = { status: ['failed', 'expired'], last: '1h', retried: 'false' };
const AGAIN_MS = 30_000;

/** @param endedBadly a number that changes when there are others */
export function Failures({ may, endedBadly, isOff, onChange }) {
  const minute = new Date().setSeconds(0, 0);
  const query = queryOf({ ...atTime(FAILED, minute), limit: 200 });
  const { data, problem, reload } = usePolled(`cancellations?${query}`, AGAIN_MS);
  useEffect(reload, [endedBadly]);
  const shown = useRef(null);
  // A row that goes away would take its open dialog with it.
  if (!document.querySelector('dialog[open]')) shown.current = data;
  const refresh = () => {
    reload();
    onChange();
  };
  return html`<section aria-labelledby="failures">
    <h2 id="failures" tabindex="-1">Failed or expired, and not retried</h2>
    ${!isOff && html`<${ProblemNote} problem=${problem} title="The list cannot be read" />`}
    ${shown.current && html`<${Reasons} page=${shown.current} may=${may} isOff=${isOff} onDone=${refresh} />`}
  </section>`;
}

function Reasons({ page: { items, nextCursor }, may, ...rest }) {
  const all = html`<a href=${listAddress(queryOf(FAILED))}>Show all</a>`;
  const more = nextCursor ? '+' : '';
  if (items.length === 0)
    return html`<p class="empty">
      ${more ? html`None has been found so far. ${all}` : 'None of those requested in the last hour.'}
    </p>`;
  return html`<ul class="reasons">
      ${reasonsOf(items).map(
        ({ code, filter, name, count, hint }) =>
          html`<li key=${code}>
            <a href=${listAddress(queryOf(filter))}><b>${count}${more}</b> ${name}</a>
            ${may('cancel') && html`<${BulkButton} action="retry" label="Retry …" filter=${filter} after="failures" ...${rest} />`}
            <span class="hint">${hint}</span>
          </li>`,
      )}
    </ul>
    <p class="hint">${items.length}${more} requested in the last hour. ${all}</p>`;
}

export const reasonsOf = (items) =>
  byCode(items).map(([code, some]) => {
    const examples = new Set(some.map((one) => reasonOf(one).at(-1)));
    return {
      code,
      count: some.length,
      filter: { ...FAILED, failureCode: [code] },
      name: REASONS[code],
      hint: [[...examples].slice(0, 2).join('; '), HOPELESS[code]].filter(Boolean).join('. '),
    };
  });
