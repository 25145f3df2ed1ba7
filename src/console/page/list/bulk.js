import { html, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { Confirm, ProblemNote } from '../parts.js';
import { atTime } from './filter.js';
import { described } from './described.js';

const WORDS = {
  retry: [
    'Retry',
    'retried',
    'Each is sent again under a new id, with a new deadline. What was retried before is left out.',
  ],
  withdraw: [
    'Withdraw',
    'withdrawn',
    'Nothing more is sent for them. Streams that no attempt has stopped go on. What is being sent at this moment is left out.',
  ],
};

/** Retries or withdraws everything that matches a filter, after it has shown how many that are. */
export function BulkButton({ action, filter, label, onDone }) {
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
  const act = async () => resultText(await repeat(action, asking.meant), past);
  const close = (isDone) => {
    setAsking(null);
    if (isDone) onDone();
  };
  return html`<button type="button" onClick=${ask}>${label ?? `${verb} all that match …`}</button>
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
        <p>Those that match: ${described(filter)}.</p>
        <p class="hint">${asking.matched > 0 ? meaning : `None of them can be ${past}.`}</p>
      <//>`
    }`;
}

/** One request handles only so many. Those that it skips still match, so that the next one has them again. */
export async function repeat(action, meant) {
  let total = 0;
  for (;;) {
    const { done, skipped, remaining } = await request(`cancellations/${action}`, 'POST', meant);
    total += done;
    if (done === 0 || remaining === 0) return { done: total, skipped, remaining };
  }
}

/** @param past what was done, such as "retried" */
export const resultText = ({ done, skipped, remaining }, past) =>
  [
    `${done} ${past}.`,
    skipped > 0 && `${skipped} could not be.`,
    remaining > 0 && `${remaining} remain${remaining === 1 ? 's' : ''}.`,
  ]
    .filter(Boolean)
    .join(' ');
