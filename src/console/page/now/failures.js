import { html, useEffect } from 'htm/preact/standalone';
import { BulkButton } from '../list/bulk.js';
import { atTime, queryOf } from '../list/filter.js';
import { byCode, HOPELESS, reasonOf, REASONS } from '../list/reasons.js';
import { usePolled } from '../live.js';
import { listLink, ProblemNote, Section } from '../parts.js';

const FAILED = { status: ['failed', 'expired'], last: '1h', retried: 'false' };
const AGAIN_MS = 30_000;

/** @param endedBadly a number that changes when there are others */
export function Failures({ endedBadly, onChange, ...rest }) {
  const minute = new Date().setSeconds(0, 0);
  const query = queryOf({ ...atTime(FAILED, minute), limit: 200 });
  const { data, problem, reload } = usePolled(`cancellations?${query}`, AGAIN_MS);
  useEffect(reload, [endedBadly]);
  const refresh = () => {
    reload();
    onChange();
  };
  return html`<${Section} id="failures" title="Failed or expired, and not retried">
    ${!rest.isOff && html`<${ProblemNote} problem=${problem} title="The list cannot be read" />`}
    ${data && html`<${Reasons} page=${data} onDone=${refresh} ...${rest} />`}
  <//>`;
}

function Reasons({ page: { items, nextCursor }, may, ...rest }) {
  const more = nextCursor ? '+' : '';
  const count = items.length > 0 ? `${items.length}${more}` : more ? 'None found so far' : 'None';
  return html`<ul class="reasons">
      ${reasonsOf(items).map(
        ({ code, filter, name, count, hint }) =>
          html`<li key=${code}>
            ${listLink(filter, html`<b>${count}${more}</b> ${name}`)}
            ${may('cancel') && html`<${BulkButton} action="retry" label="Retry …" filter=${filter} after="failures" ...${rest} />`}
            <span class="hint">${hint}</span>
          </li>`,
      )}
    </ul>
    <p class="hint">
      ${count} of those requested in the last hour. Show ${listLink(FAILED, 'all')} or${' '}
      ${listLink({ ...FAILED, retried: 'true' }, 'those retried since')}.
    </p>`;
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
