import { html } from 'htm/preact/standalone';
import { request } from '../api.js';
import { ask } from '../dialog.js';
import { usePolled } from '../live.js';
import { isOverdue, isWaiting } from '../one/summary.js';

const AGAIN_MS = 5000;

/** The projects that are paused themselves. While everything is, the others have the time of that pause. */
const pausedOf = ({ projects, pausedAt }) =>
  projects
    .filter(({ state, since }) => state === 'paused' && since !== pausedAt)
    .map(({ project }) => project);

/** What a pause means for what is sent for the projects `meant`, or for any; empty where there is none. */
export function pauseNote(queue, meant) {
  const names = pausedOf(queue).filter((name) => meant?.includes(name) ?? true);
  if (!queue.paused && names.length === 0) return '';
  const what = queue.paused ? 'All sending is paused' : `Sending is paused for ${names.join(', ')}`;
  return `${what}: cancellations wait until it is resumed, and expire if their deadline comes first.`;
}

/** What a pause means for those of `items` that wait. */
export function PauseNotice({ items }) {
  const waiting = items.filter((one) => isWaiting(one) && !isOverdue(one)).map(({ project }) => project);
  const isAny = waiting.length > 0;
  const { data: queue } = usePolled(isAny ? 'queue' : null, AGAIN_MS);
  const note = isAny && queue && pauseNote(queue, waiting);
  return note && html`<p class="warning">${note}</p>`;
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

export function SendingButton({ verb, label, project, note, isOff, onChange }) {
  const act = async () => {
    await request(`queue/${verb}`, 'POST', { project });
    onChange();
    return `${verb === 'pause' ? 'Paused' : 'Resumed'}: ${project ?? 'everything'}.`;
  };
  const notes = [...MEANINGS[verb], note];
  const question = { title: `${label}?`, label, act, notes, isDangerous: verb === 'pause' };
  return html`<button disabled=${isOff} onClick=${() => ask(question)}>${label}</button>`;
}

export function Sending({ queue, mayChange, ...rest }) {
  const { paused } = queue;
  const some = pausedOf(queue).join(', ');
  const [verb, label] = paused ? ['resume', 'Resume everything'] : ['pause', 'Pause everything'];
  const note = paused && some && `Still paused then: ${some}.`;
  return html`<p class="sending">
    ${paused ? 'Everything is paused.' : some ? `Paused: ${some}.` : 'Not paused.'}
    ${mayChange && html`<${SendingButton} verb=${verb} label=${label} note=${note} ...${rest} />`}
  </p>`;
}
