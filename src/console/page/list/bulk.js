import { html } from 'htm/preact/standalone';
import { request } from '../api.js';
import { ask } from '../dialog.js';
import { ActionButton } from '../parts.js';
import { pauseNote } from '../pauses.js';
import { listAddress } from '../route.js';
import { described } from './described.js';
import { atTime, queryOf, RETRYABLE } from './filter.js';
import { retryNotes } from './reasons.js';

const WORDS = {
  retry: ['Retry', 'retried', 'Each is sent again under a new id. Those already retried are left out.'],
  withdraw: [
    'Withdraw',
    'withdrawn',
    'Nothing more is sent for them. Streams that no attempt has stopped go on. What is being sent now is left out.',
  ],
};

/**
 * Retries or withdraws all that match, once it has shown how many. `by` is the name of the API key. The element `after`
 * then gets the focus.
 */
export function BulkButton({ action, filter, label, by, onDone, after = 'main', isOff }) {
  const [verb, past, meaning] = WORDS[action];
  const question = async () => {
    // What comes later was not counted, and is not meant.
    const meant = { ...atTime(filter), createdBefore: filter.createdBefore ?? new Date().toISOString() };
    const { matched } = await request(`cancellations/${action}`, 'POST', { ...meant, dryRun: true });
    const what = `${described(filter)}${filter.project ? '' : '; of all your projects'}.`;
    if (matched === 0)
      return { title: `Nothing to ${action}`, notes: [what, `None of them can be ${past}.`] };
    const notes = action === 'retry' ? await notesOn(meant) : [];
    return {
      title: `${verb} ${matched} cancellation${matched > 1 ? 's' : ''}?`,
      label: `${verb} ${matched}`,
      notes: [what, ...notes, meaning],
      isDangerous: action === 'withdraw',
      act: () => act(meant),
      onDone: finish,
    };
  };
  const act = async (meant) => {
    const { project, callSid, streamName } = filter;
    const createdAfter = new Date().toISOString();
    const retries = { project, callSid, streamName, requestedBy: by ?? undefined, createdAfter };
    const text = resultText(await repeat(action, meant), past);
    if (action !== 'retry') return text;
    return html`${text}${' '}
      <a href=${listAddress(queryOf(retries))} onClick=${closeDialog}>See what was requested since</a>`;
  };
  const finish = () => {
    document.getElementById(after)?.focus({ preventScroll: true });
    onDone();
  };
  return html`<${ActionButton} disabled=${isOff} act=${() => ask(question())}
    >${label ?? `${verb} all that match …`}<//
  >`;
}

async function notesOn(meant) {
  const status = RETRYABLE.filter((one) => meant.status?.includes(one) ?? true);
  const query = queryOf({ retried: false, ...meant, status, limit: 200 });
  const [{ items, nextCursor }, queue] = await Promise.all([
    request(`cancellations?${query}`),
    request('queue'),
  ]);
  const projects = nextCursor ? meant.project : items.map(({ project }) => project);
  return [pauseNote(queue, projects), ...retryNotes(items, nextCursor ? '+' : '')];
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
