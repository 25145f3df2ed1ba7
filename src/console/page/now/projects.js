import { html } from 'htm/preact/standalone';
import { listAddress } from '../route.js';
import { Pill, Time } from '../parts.js';
import { SendingButton } from './sending.js';

const MEANINGS = {
  throttled: 'SignalWire limits the rate; sending goes on by itself.',
  unauthorized: 'SignalWire refuses the credentials. Check the project id and the API token.',
  unavailable: 'SignalWire does not answer. It is tried again by itself.',
  undelivered: 'SignalWire does not fetch stop documents. Check that PUBLIC_URL can be reached from outside.',
  paused: 'Nothing is sent until it is resumed.',
};

/** Those that an operator can have tried at once. */
const ENDABLE = new Set(['undelivered', 'unauthorized']);

export const Projects = ({ projects, mayChange, onChange }) =>
  html`<section aria-labelledby="projects">
    <h2 id="projects">Projects</h2>
    <table>
      <thead>
        <tr>
          <th>Project</th>
          <th>State</th>
          <th>Since</th>
          <th>Waiting</th>
          <th><span class="hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody>
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
      </tbody>
    </table>
  </section>`;

function buttonsOf(project, state) {
  if (state === 'paused') return [['resume', `Resume ${project}`]];
  const pause = ['pause', `Pause ${project}`];
  return ENDABLE.has(state) ? [pause, ['resume', `Try ${project} now`]] : [pause];
}
