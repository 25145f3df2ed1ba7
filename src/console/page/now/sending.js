import { html, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { Confirm, Time } from '../parts.js';

const DONE = { pause: 'Paused', resume: 'Resumed' };

/** Pauses or resumes (`verb`) everything, or a project: a button that asks first. */
export function SendingButton({ verb, label, project, onChange }) {
  const [asking, setAsking] = useState(null);
  const what = project ?? 'everything';
  const act = async () => {
    onChange(await request(`queue/${verb}`, 'POST', project ? { project } : {}));
    return `${DONE[verb]}: ${what}.`;
  };
  // The question stays as it was when its answer has changed what the button would do next.
  return html`<button type="button" onClick=${() => setAsking({ verb, label, act })}>${label}</button> ${
      asking &&
      html`<${Confirm}
        title=${`${asking.label}?`}
        label=${asking.label}
        act=${asking.act}
        isDangerous=${asking.verb === 'pause'}
        onClose=${() => setAsking(null)}
      >
        ${asking.verb === 'pause' ? html`<${WhatPauseMeans} />` : html`<p>What is waiting is sent, as far as its deadline has not passed.</p>`}
      <//>`
    }`;
}

const WhatPauseMeans = () =>
  html`<ul>
    <li>Nothing more is sent. Attempts under way finish.</li>
    <li>New requests are still taken, and wait.</li>
    <li>
      <b>Deadlines keep running</b>: what still waits at its deadline expires, and its stream is not stopped.
      So the shortest deadline in use says how long a pause may last.
    </li>
  </ul>`;

export function Sending({ queue, mayChange, onChange }) {
  const { paused, pausedAt, pausedBy, projects } = queue;
  const some = projects.filter(({ state }) => state === 'paused').map(({ project }) => project);
  if (!mayChange && !paused) return null;
  return html`<p class="sending ${paused ? 'problem' : ''}">
    ${
      paused
        ? html`<span>
            <b>Everything is paused</b
            >${pausedBy && ` by ${pausedBy}`}${pausedAt && html`, <${Time} at=${pausedAt} />`}.
          </span>`
        : html`<span>${some.length > 0 ? `Paused: ${some.join(', ')}.` : 'Not paused.'}</span>`
    }
    ${
      mayChange &&
      html`<${SendingButton}
        verb=${paused ? 'resume' : 'pause'}
        label=${paused ? 'Resume everything' : 'Pause everything'}
        onChange=${onChange}
      />`
    }
  </p>`;
}
