import { html, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { Confirm, Time } from '../parts.js';

const DONE = { pause: 'Nothing is sent any more for', resume: 'Sending goes on for' };

/** Pauses or resumes (`verb`) everything, or a project: a button that asks first. */
export function SendingButton({ verb, label, project, onChange }) {
  const [asking, setAsking] = useState(null);
  const what = project ?? 'everything';
  const act = async () => {
    onChange(await request(`queue/${verb}`, 'POST', project ? { project } : {}));
    return `${DONE[verb]} ${what}.`;
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
        ${asking.verb === 'pause' ? html`<${WhatPauseMeans} />` : html`<p>What waits may be sent again.</p>`}
      <//>`
    }`;
}

const WhatPauseMeans = () =>
  html`<ul>
    <li>Nothing more is sent. Attempts under way finish.</li>
    <li>Requests are still accepted and wait.</li>
    <li>
      <b>Deadlines go on running</b>: what is not resumed in time expires, and its stream is not stopped.
    </li>
  </ul>`;

/** Whether anything is sent at all. */
export function Sending({ queue, mayChange, onChange }) {
  const { paused, pausedAt, pausedBy } = queue;
  if (!mayChange && !paused) return null;
  return html`<p class="sending ${paused ? 'problem' : ''}">
    ${
      paused
        ? html`<span>
            <b>Everything is paused</b
            >${pausedBy && ` by ${pausedBy}`}${pausedAt && html`, <${Time} at=${pausedAt} />`}.
          </span>`
        : html`<span>Not paused.</span>`
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
