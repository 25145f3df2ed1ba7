import { html } from 'htm/preact/standalone';
import { ago } from '../../../platform/page/format.js';
import { REASONS } from '../list/reasons.js';
import { Pill, Table, Time } from '../parts.js';
import { listAddress } from '../route.js';
import { SendingButton } from './sending.js';

const MEANINGS = {
  throttled: REASONS.rate_limited,
  unauthorized: REASONS.unauthorized,
  unavailable: REASONS.timeout,
  undelivered: 'SignalWire does not fetch stop documents',
};

const ENDABLE = new Set(['undelivered', 'unauthorized']);
const COLUMNS = ['Project', 'State', 'Since', 'Held back', html`<span class="hidden">Actions</span>`];

export const Projects = ({ projects, mayChange, ...rest }) =>
  html`<section aria-labelledby="projects">
    <h2 id="projects" tabindex="-1">Projects</h2>
    <${Table} columns=${COLUMNS}>
      ${projects.map(
        ({ project, state, since, nextProbeAt, waiting, pausedBy }) =>
          html`<tr key=${project}>
            <th scope="row"><a href=${listAddress(`project=${project}`)}>${project}</a></th>
            <td data-name="State"><${Pill} of=${state} /> <span class="hint">${MEANINGS[state]}</span></td>
            <td data-name="Since">
              <${Time} at=${since} />${pausedBy && ` by ${pausedBy}`}
              ${nextProbeAt && html`<br /><span class="hint">next try ${nextTry(nextProbeAt, waiting)}</span>`}
            </td>
            <td data-name="Held back">${waiting}</td>
            <td class="act">
              ${
                mayChange &&
                buttonsOf(project, state).map(
                  (button) => html`<${SendingButton} project=${project} ...${button} ...${rest} /> `,
                )
              }
            </td>
          </tr>`,
      )}
    <//>
  </section>`;

/** When a cancellation is let through to see whether the project works again, if there is one. */
export const nextTry = (at, waiting, now = Date.now()) =>
  waiting > 0 || Date.parse(at) > now
    ? ago(at, now).replace(/.* ago|just now/, 'now')
    : 'with the next cancellation';

function buttonsOf(project, state) {
  if (state === 'paused') return [{ verb: 'resume', label: `Resume ${project}` }];
  const pause = { verb: 'pause', label: `Pause ${project}` };
  return ENDABLE.has(state) ? [pause, { verb: 'resume', label: `Try ${project} now` }] : [pause];
}
