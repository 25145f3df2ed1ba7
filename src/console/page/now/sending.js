import { html, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { Confirm } from '../parts.js';

export function SendingButton({ verb, label, project, isOff, onChange }) {
  const [asking, setAsking] = useState(null);
  const act = async () => {
    const { projects } = await request(`queue/${verb}`, 'POST', { project });
    onChange();
    const done = `${verb}d: ${project ?? 'everything'}.`.replace(/^./, (first) => first.toUpperCase());
    const left = verb === 'resume' ? pausedOf(projects).filter((name) => name !== project) : [];
    return left.length === 0 ? done : `${done} Still paused: ${left.join(', ')}.`;
  };
  // The question stays when the button changes.
  const ask = () => setAsking({ label, act, isDangerous: verb === 'pause' });
  return html`<button type="button" disabled=${isOff} onClick=${ask}>${label}</button> ${
      asking &&
      html`<${Confirm} title=${`${asking.label}?`} ...${asking} onClose=${() => setAsking(null)}>
        ${asking.isDangerous ? WHAT_PAUSE_MEANS : html`<p>What is waiting is sent, as far as its deadline has not passed.</p>`}
      <//>`
    }`;
}

const pausedOf = (projects) =>
  projects.filter(({ state }) => state === 'paused').map(({ project }) => project);

const WHAT_PAUSE_MEANS = html`<ul>
  <li>Nothing more is sent. Attempts under way finish.</li>
  <li>New requests are still taken, and wait.</li>
  <li>
    <b>Deadlines keep running</b>: what still waits at its deadline expires, and its stream is not stopped.
  </li>
</ul>`;

export function Sending({ queue: { paused, projects }, mayChange, ...rest }) {
  const some = pausedOf(projects);
  const [verb, label] = paused ? ['resume', 'Resume everything'] : ['pause', 'Pause everything'];
  return html`<p class="sending">
    ${paused ? 'Everything is paused.' : some.length > 0 ? `Paused: ${some.join(', ')}.` : 'Not paused.'}
    ${mayChange && html`<${SendingButton} verb=${verb} label=${label} ...${rest} />`}
  </p>`;
}
