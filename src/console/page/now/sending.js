import { html } from 'htm/preact/standalone';
import { request } from '../api.js';
import { ask } from '../dialog.js';
import { pausedOf } from '../pauses.js';

const MEANINGS = {
  pause: [
    'Nothing more is sent. Attempts under way finish.',
    'New requests are taken, and wait.',
    html`<b>Deadlines keep running</b>: what still waits at its deadline expires, and its stream is not
      stopped.`,
  ],
  resume: ['What waits is sent if its deadline has not passed.'],
};

export function SendingButton({ verb, label, project, note, isOff, onChange }) {
  const act = async () => {
    await request(`queue/${verb}`, 'POST', { project });
    onChange();
    return `${verb === 'pause' ? 'Paused' : 'Resumed'}: ${project ?? 'everything'}. ${note ?? ''}`;
  };
  const notes = [...MEANINGS[verb], note];
  const question = { title: `${label}?`, label, act, notes, isDangerous: verb === 'pause' };
  return html`<button disabled=${isOff} onClick=${() => ask(question)}>${label}</button>`;
}

export function Sending({ queue, mayChange, ...rest }) {
  const { paused } = queue;
  const names = pausedOf(queue).join(', ');
  const [verb, label] = paused ? ['resume', 'Resume everything'] : ['pause', 'Pause everything'];
  const note = paused && names ? `Stays paused: ${names}.` : '';
  return html`<p class="sending">
    ${paused ? `Everything is paused. ${note}` : names ? `Paused: ${names}.` : 'Not paused.'}
    ${mayChange && html`<${SendingButton} verb=${verb} label=${label} note=${note} ...${rest} />`}
  </p>`;
}
