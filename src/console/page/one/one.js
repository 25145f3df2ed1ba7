import { html } from 'htm/preact/standalone';
import { clock, dateAndTime, duration } from '../../../platform/page/format.js';
import { request } from '../api.js';
import { ask } from '../dialog.js';
import { useEvents, usePolled } from '../live.js';
import { ActionButton, CopyButton, listLink, Pill, ProblemNote, Prose, Section } from '../parts.js';
import { pauseNote } from '../pauses.js';
import { go, listAddress, oneAddress } from '../route.js';
import { isRetryable, queryOf } from '../list/filter.js';
import { codeOf, HOPELESS } from '../list/reasons.js';
import { isDoubtful, isWaiting, meaningOf, summaryOf } from './summary.js';
import { ATTEMPT, stepsOf } from './timeline.js';

const AGAIN_MS = 5000;

export function OneView({ route: { id }, may }) {
  const path = `cancellations/${encodeURIComponent(id)}`;
  // No event tells that a deadline passes, nor what comes after the end.
  const { data: one, problem, reload } = usePolled(path, AGAIN_MS);
  useEvents(one && one.finishedAt === null ? `${path}/events` : null, reload);
  return html`<div>
    <p><a href=${listAddress('')} onClick=${goBack}>← Cancellations</a></p>
    <h1>
      Cancellation${one && ` of ${one.streamName === null ? 'a stream' : `stream "${one.streamName}"`}`}
    </h1>
    <${ProblemNote}
      problem=${problem}
      title=${one ? 'This may have changed' : 'This cannot be shown'}
      onRetry=${reload}
    />
    ${one && html`<${Story} one=${one} path=${path} may=${may} onChange=${reload} />`}
  </div>`;
}

function goBack(event) {
  if (history.length < 2) return;
  event.preventDefault();
  history.back();
}

/** No warnings for an operator: what comes after the stop was asked for. */
const QUIET = new Set(['call_ends', 'fallback_ends_call']);

/** Null: there is none; undefined: not known yet. */
function useRetry(one) {
  const { id, callSid, createdAt: createdAfter } = one;
  const query = queryOf({ callSid, createdAfter, limit: 200 });
  const { data } = usePolled(isRetryable(one) ? `cancellations?${query}` : null, AGAIN_MS);
  return data === null ? undefined : (data.items.find(({ retryOf }) => retryOf === id) ?? null);
}

function Story({ one, path, may, onChange }) {
  const retry = useRetry(one);
  const meaning = meaningOf(one);
  return html`<section class="panel outcome" aria-label="Outcome" aria-live="polite">
      <p class="sentence"><${Pill} of=${one.status} tone=${isDoubtful(one) && 'warn'} /> ${summaryOf(one)}</p>
      ${meaning && html`<p class="hint">${meaning}</p>`}
      ${
        retry &&
        html`<p>
          Retried at ${clock(retry.createdAt).slice(0, 8)}: <${Pill} of=${retry.status} />${' '}
          ${link(oneAddress(retry.id), 'See the retry')}
        </p>`
      }
      ${one.warnings
        .filter(({ code }) => !QUIET.has(code))
        .map(({ message }) => html`<p class="warning"><${Prose}>${message}<//></p>`)}
      <${Actions} one=${one} path=${path} may=${may} hasNoRetry=${retry === null} onChange=${onChange} />
    </section>
    <div class="columns">
      <${Section} id="timeline" title="Timeline">
        <ol class="timeline panel">
          ${stepsOf(one).map((step) => html`<${Step} step=${step} start=${one.createdAt} />`)}
        </ol>
      <//>
      <${Section} id="facts" title="What was asked for">
        <dl class="facts panel">
          ${factsOf(one).map(
            ([name, value]) =>
              value &&
              html`<dt>${name}</dt>
                <dd>${value}</dd>`,
          )}
        </dl>
        <details>
          <summary>Raw record</summary>
          <pre tabindex="0" aria-label="Raw record">${pretty(one)}</pre>
        </details>
      <//>
    </div>`;
}

const Step = ({ step: { at, title, detail, tone }, start }) =>
  html`<li class=${tone}>
    <span class="when mono" title=${at && dateAndTime(at)}>
      ${at && html`${clock(at)}<br /><span class="hint">+${duration(Math.max(0, Date.parse(at) - Date.parse(start)))}</span>`}
    </span>
    <span><b>${title}</b>${detail && html`<br /><span class="hint">${detail}</span>`}</span>
  </li>`;

const pretty = (value) => JSON.stringify(value, null, 2);

const link = (address, text) => html`<a href=${address}>${text}</a>`;

const factsOf = (one) => [
  ['Call', listLink({ callSid: one.callSid }, one.callSid)],
  ['Stream', one.streamName],
  ['Stream SID', one.streamSid],
  ['Project', one.project],
  ['Requested by', one.requestedBy],
  ['Requested', dateAndTime(one.createdAt)],
  ['Deadline', `${dateAndTime(one.deadline)} (after ${duration(one.deadlineMs)})`],
  ['Method', ATTEMPT[one.strategy] ?? 'automatic'],
  ['After the stop', html`<${AfterStop} one=${one} />`],
  ['Retry of', one.retryOf && link(oneAddress(one.retryOf), one.retryOf)],
  ['Callback', one.callbacks.map(({ url, status }) => `${url} (${status})`).join(', ')],
  ['Request id', one.requestId],
  ['Trace', one.traceId],
  ['Id', one.id],
];

function AfterStop({ one: { template, documentUrl, then, warnings } }) {
  const what = template ?? documentUrl ?? (then.map(verbText).join(', ') || 'nothing more');
  if (!warnings.some(({ code }) => code === 'call_ends')) return what;
  return html`${what}, then SignalWire hangs up<br />
    <span class="hint">
      The requester decides that: a redirect, an enqueue or a dial with an action keeps the call.
    </span>`;
}

/** `{"say": "Bye"}` becomes `say "Bye"`. */
const verbText = (verb) =>
  Object.entries(verb)
    .map(([name, value]) => (value === true ? name : `${name} ${JSON.stringify(value)}`))
    .join(' ');

function Actions({ one, path, may, hasNoRetry, onChange }) {
  const { status, project, callbacks, finishedAt } = one;
  const isOver = finishedAt !== null;
  const proofKey = usePolled(isOver ? 'proof-key' : null, 0);
  const again = () => request(`${path}/callbacks/retry`, 'POST').then(onChange);
  const retry = async () => ({
    title: 'Retry this cancellation?',
    label: 'Retry it',
    notes: [
      pauseNote(await request('queue'), [project]),
      HOPELESS[codeOf(one)],
      html`It is sent again under a new id. After the stop: <${AfterStop} one=${one} />`,
    ],
    act: async () => go(oneAddress((await request(`${path}/retry`, 'POST')).id)),
  });
  const withdrawal = {
    title: 'Withdraw this cancellation?',
    label: 'Withdraw it',
    notes: ['Nothing more is sent for it. Its stream goes on, unless an attempt has stopped it.'],
    act: () => request(path, 'DELETE').then(() => 'Withdrawn.'),
    onDone: onChange,
    isDangerous: true,
  };
  const proof = status === 'succeeded' && !isDoubtful(one) ? 'Copy the proof' : 'Copy the signed record';
  return html`<p class="actions">
    ${
      may('cancel') &&
      html`${hasNoRetry && html`<${ActionButton} class="primary" act=${() => ask(retry())}>Retry …<//>`}
      ${isWaiting(one) && html`<button onClick=${() => ask(withdrawal)}>Withdraw …</button>`}
      ${isOver && callbacks.length > 0 && html`<${ActionButton} act=${again}>Deliver the callback again<//>`}`
    }
    ${
      proofKey.data &&
      html`<${CopyButton} text=${async () => pretty(await request(`${path}/proof`))}>${proof}<//>`
    }
    ${
      proofKey.problem?.code === 'proof_key_missing' &&
      html`<span class="hint">No signed proof: PROOF_KEY is not set.</span>`
    }
  </p>`;
}
