import { html } from 'htm/preact/standalone';
import { ago } from '../../../platform/page/format.js';
import { STATES } from '../list/reasons.js';
import { cellsOf, listLink, Pill, Section, Table, Time } from '../parts.js';
import { SendingButton } from './sending.js';

const ENDABLE = new Set(['undelivered', 'unauthorized']);
const COLUMNS = ['Project', 'State', 'Since', 'Held back', html`<span class="hidden">Actions</span>`];

export const Projects = ({ projects, ...rest }) =>
  html`<${Section} id="projects" title="Projects">
    <${Table} columns=${COLUMNS}>
      ${projects.map((one) => html`<${Project} key=${one.project} one=${one} ...${rest} />`)}
    <//>
  <//>`;

function Project({ one: { project, state, since, nextProbeAt, waiting, pausedBy }, mayChange, ...rest }) {
  const next = nextProbeAt && html`<br /><span class="hint">next try ${nextTry(nextProbeAt, waiting)}</span>`;
  const cells = [
    html`<${Pill} of=${state} /> <span class="hint">${STATES[state]}</span>`,
    html`<${Time} at=${since} />${pausedBy && ` by ${pausedBy}`}${next}`,
    waiting,
  ];
  const buttons = mayChange ? buttonsOf(project, state) : [];
  return html`<tr>
    <th scope="row">${listLink({ project }, project)}</th>
    ${cellsOf(COLUMNS.slice(1), cells)}
    <td class="act">
      ${buttons.map((button) => html`<${SendingButton} project=${project} ...${button} ...${rest} /> `)}
    </td>
  </tr>`;
}

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
