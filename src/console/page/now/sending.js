import { html } from 'htm/preact/standalone';
import { request } from '../api.js';
import { ask } from '../dialog.js';

/** The projects whose sending is paused: each one while everything is. */
const pausedOf = (projects) =>
  projects.filter(({ state }) => state === 'paused').map(({ project }) => project);

/** What a pause means for what is sent for the projects `meant`, or for any; empty where there is none. */
export function pauseNote({ paused, projects }, meant) {
  const names = pausedOf(projects).filter((name) => meant?.includes(name) ?? true);
  if (!paused && names.length === 0) return '';
  const what = paused ? 'All sending is paused' : `Sending is paused for ${names.join(', ')}`;
  return `${what}: cancellations wait until it is resumed, and expire if their deadline comes first.`;
}

const MEANINGS = {
  pause: [
    'Nothing more is sent. Attempts under way finish.',
    'New requests are still taken, and wait.',
    html`<b>Deadlines keep running</b>: what still waits at its deadline expires, and its stream is not
      stopped.`,
  ],
  resume: ['What is waiting is sent, as far as its deadline has not passed.'],
};

export function SendingButton({ verb, label, project, isOff, onChange }) {
  const act = async () => {
    const { projects } = await request(`queue/${verb}`, 'POST', { project });
    onChange();
    const done = `${verb === 'pause' ? 'Paused' : 'Resumed'}: ${project ?? 'everything'}.`;
    const left = verb === 'resume' ? pausedOf(projects).filter((name) => name !== project) : [];
    return left.length === 0 ? done : `${done} Still paused: ${left.join(', ')}.`;
  };
  const question = { title: `${label}?`, label, act, notes: MEANINGS[verb], isDangerous: verb === 'pause' };
  return html`<button disabled=${isOff} onClick=${() => ask(question)}>${label}</button>`;
}

export function Sending({ queue: { paused, projects }, mayChange, ...rest }) {
  const some = pausedOf(projects);
  const [verb, label] = paused ? ['resume', 'Resume everything'] : ['pause', 'Pause everything'];
  return html`<p class="sending">
    ${paused ? 'Everything is paused.' : some.length > 0 ? `Paused: ${some.join(', ')}.` : 'Not paused.'}
    ${mayChange && html`<${SendingButton} verb=${verb} label=${label} ...${rest} />`}
  </p>`;
}
