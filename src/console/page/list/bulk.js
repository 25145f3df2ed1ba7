import { html, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { Confirm, ProblemNote } from '../parts.js';
import { listAddress } from '../route.js';
import { described } from './described.js';
import { atTime, queryOf } from './filter.js';

const WORDS = {
  retry: [
    'Retry',
    'retried',
    'Each is sent again under a new id, with a new deadline. Those already retried are left out.',
  ],
  withdraw: [
    'Withdraw',
    'withdrawn',
    'Nothing more is sent for them. Streams that no attempt has stopped go on. What is being sent right now is left out.',
  ],
};

/** Retries or withdraws everything that matches a filter, after it has shown how many that are. */
export function BulkButton({ action, filter, label, onDone, isOff = false }) {
  const [asking, setAsking] = useState(null);
  const [problem, setProblem] = useState(null);
  const [verb, past, meaning] = WORDS[action];
  const ask = async () => {
    setProblem(null);
    // What comes later was not counted, and is not meant.
    const meant = { ...atTime(filter), createdBefore: filter.createdBefore ?? new Date().toISOString() };
    await request(`cancellations/${action}`, 'POST', { ...meant, dryRun: true }).then(
      ({ matched }) => setAsking({ meant, matched }),
      setProblem,
    );
  };
  const act = async () => {
    const { project, callSid, streamName } = filter;
    const retries = { project, callSid, streamName, createdAfter: new Date().toISOString() };
    const text = resultText(await repeat(action, asking.meant), past);
    return action === 'retry'
      ? html`${text}${' '}
          <a href=${listAddress(queryOf(retries))} onClick=${closeDialog}>See how they are doing</a>`
      : text;
  };
  const close = (isDone) => {
    setAsking(null);
    if (!isDone) return;
    // The button may be gone once there is nothing left to do.
    document.getElementById('main')?.focus({ preventScroll: true });
    onDone();
  };
  return html`<button type="button" disabled=${isOff} onClick=${ask}>
      ${label ?? `${verb} all that match …`}
    </button>
    <${ProblemNote} problem=${problem} />
    ${
      asking &&
      html`<${Confirm}
        title=${asking.matched === 0 ? `Nothing to ${action}` : `${verb} ${asking.matched} ${asking.matched === 1 ? 'cancellation' : 'cancellations'}?`}
        label=${asking.matched > 0 && `${verb} ${asking.matched}`}
        isDangerous=${action === 'withdraw'}
        act=${act}
        onClose=${close}
      >
        <p>${described(filter)}.</p>
        <p class="hint">${asking.matched > 0 ? meaning : `None of them can be ${past}.`}</p>
      <//>`
    }`;
}

const closeDialog = () => document.querySelector('dialog').close();

/** One request handles only so many; the next one has those that it skips again. */
export async function repeat(action, meant) {
  let total = 0;
  for (;;) {
    const { done, skipped, remaining } = await request(`cancellations/${action}`, 'POST', meant);
    total += done;
    if (done === 0 || remaining === 0) return { done: total, skipped, remaining };
  }
}

export const resultText = ({ done, skipped, remaining }, past) =>
  [
    `${done} ${past}.`,
    skipped > 0 && `${skipped} could not be.`,
    remaining > 0 && `${remaining} remain${remaining === 1 ? 's' : ''}.`,
  ]
    .filter(Boolean)
    .join(' ');
