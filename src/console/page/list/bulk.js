import { html, useState } from 'htm/preact/standalone';
import { request } from '../api.js';
import { ActionButton, Confirm } from '../parts.js';
import { listAddress } from '../route.js';
import { described } from './described.js';
import { atTime, queryOf } from './filter.js';
import { retryNotes } from './reasons.js';

const WORDS = {
  retry: ['Retry', 'retried', 'Each is sent again under a new id. Those already retried are left out.'],
  withdraw: [
    'Withdraw',
    'withdrawn',
    'Nothing more is sent for them. Streams that no attempt has stopped go on. What is being sent right now is left out.',
  ],
};

/** Retries or withdraws all that match, once it has shown how many. `after` then has the focus. */
export function BulkButton({ action, filter, label, onDone, after = 'main', isOff }) {
  const [asking, setAsking] = useState(null);
  const [verb, past, meaning] = WORDS[action];
  const ask = async () => {
    // What comes later was not counted, and is not meant.
    const meant = { ...atTime(filter), createdBefore: filter.createdBefore ?? new Date().toISOString() };
    const { matched } = await request(`cancellations/${action}`, 'POST', { ...meant, dryRun: true });
    const notes = matched > 0 && action === 'retry' ? await notesOn(meant) : [];
    const isNothing = matched === 0;
    setAsking({
      meant,
      title: isNothing ? `Nothing to ${action}` : `${verb} ${matched} cancellation${matched > 1 ? 's' : ''}?`,
      label: isNothing ? null : `${verb} ${matched}`,
      notes: isNothing ? [`None of them can be ${past}.`] : [...notes, meaning],
    });
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
    document.getElementById(after)?.focus({ preventScroll: true });
    onDone();
  };
  return html`<${ActionButton} disabled=${isOff} act=${ask}>${label ?? `${verb} all that match …`}<//> ${
      asking &&
      html`<${Confirm} ...${asking} isDangerous=${action === 'withdraw'} act=${act} onClose=${close}>
        <p>${described(filter)}.</p>
        <ul>
          ${asking.notes.map((note) => html`<li>${note}</li>`)}
        </ul>
      <//>`
    }`;
}

const RETRYABLE = ['failed', 'expired', 'withdrawn'];

async function notesOn(meant) {
  const status = RETRYABLE.filter((one) => meant.status?.includes(one) ?? true);
  const { items, nextCursor } = await request(
    `cancellations?${queryOf({ retried: false, ...meant, status, limit: 200 })}`,
  );
  return retryNotes(items, nextCursor ? '+' : '');
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
  [`${done} ${past}.`, skipped > 0 && `${skipped} could not be.`, remaining > 0 && `${remaining} left.`]
    .filter(Boolean)
    .join(' ');
