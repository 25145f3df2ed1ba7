import { html } from 'htm/preact/standalone';
import { listAddress } from '../route.js';
import { Pill, Table, Time } from '../parts.js';
import { SendingButton } from './sending.js';

const MEANINGS = {
  throttled: 'SignalWire limits the rate. Sending resumes by itself.',
  unauthorized: 'SignalWire refuses the credentials.',
  unavailable: 'SignalWire does not answer. It is tried again by itself.',
  undelivered: 'SignalWire does not fetch stop documents.',
  paused: 'Nothing is sent until it is resumed.',
};

const ENDABLE = new Set(['undelivered', 'unauthorized']);

const COLUMNS = ['Project', 'State', 'Since', 'Waiting', html`<span class="hidden">Actions</span>`];

export const Projects = ({ projects, mayChange, onChange }) =>
  html`<section aria-labelledby="projects">
    <h2 id="projects" tabindex="-1">Projects</h2>
    <${Table} columns=${COLUMNS}>
      ${projects.map(
        ({ project, state, since, nextProbeAt, waiting, pausedBy }) =>
          html`<tr key=${project}>
            <th scope="row"><a href=${listAddress(`project=${project}`)}>${project}</a></th>
            <td data-name="State">
              <${Pill} of=${state} />
              ${state !== 'working' && html` <span class="hint">${MEANINGS[state]}</span>`}
            </td>
            <td data-name="Since">
              <${Time} at=${since} />${pausedBy && ` by ${pausedBy}`}
              ${nextProbeAt && html`<br /><span class="hint">next try <${Time} at=${nextProbeAt} /></span>`}
            </td>
            <td data-name="Waiting">${waiting}</td>
            <td class="act">
              ${
                mayChange &&
                buttonsOf(project, state).map(
                  ([verb, label]) =>
                    html`<${SendingButton}
                      verb=${verb}
                      label=${label}
                      project=${project}
                      onChange=${onChange}
                    /> `,
                )
              }
            </td>
          </tr>`,
      )}
    <//>
  </section>`;

function buttonsOf(project, state) {
  if (state === 'paused') return [['resume', `Resume ${project}`]];
  const pause = ['pause', `Pause ${project}`];
  return ENDABLE.has(state) ? [pause, ['resume', `Try ${project} now`]] : [pause];
}
