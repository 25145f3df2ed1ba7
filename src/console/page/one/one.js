import { html, useEffect, useState } from 'htm/preact/standalone';
import { clock, dateAndTime, duration } from '../../../platform/page/format.js';
import { request } from '../api.js';
import { useEvents, usePolled } from '../live.js';
import {
  ActionButton,
  Confirm,
  CopyButton,
  Facts,
  MAY_NOT_READ,
  Pill,
  ProblemNote,
  Prose,
} from '../parts.js';
import { go, listAddress, oneAddress } from '../route.js';
import { queryOf, RETRYABLE } from '../list/filter.js';
import { ATTEMPT, meaningOf, stepsOf, summaryOf } from './timeline.js';

const CALLBACK_MS = 5000;
const RETRY_MS = 5000;

export function OneView({ route: { id }, may }) {
  const path = `cancellations/${encodeURIComponent(id)}`;
  const [newest, setNewest] = useState(null);
  const [everyMs, setEveryMs] = useState(0);
  const { data, problem, reload } = usePolled(may('read') ? path : null, everyMs);
  // A newer answer takes the place of what an event told.
  const one = newest?.before === data ? newest.after : data;
  useEvents(data && one.finishedAt === null ? `${path}/events` : null, ([after]) =>
    setNewest({ before: data, after }),
  );
  const isReporting = one !== null && isBeingReported(one);
  useEffect(() => setEveryMs(isReporting ? CALLBACK_MS : 0), [isReporting]);
  return html`<p><a href=${listAddress('')} onClick=${goBack}>← Cancellations</a></p>
    <h1>
      Cancellation${one && ` of ${one.streamName === null ? 'a stream' : `stream "${one.streamName}"`}`}
    </h1>
    ${!may('read') && MAY_NOT_READ}
    <${ProblemNote} problem=${problem} title="This cancellation cannot be shown" onRetry=${reload} />
    ${one && html`<${Story} one=${one} path=${path} may=${may} onChange=${reload} />`}`;
}

/** Whether a callback is still to be delivered. The events of a cancellation end with it, so they do not tell. */
export const isBeingReported = ({ finishedAt, callbacks }) =>
  finishedAt !== null && callbacks.some(({ status }) => status === 'pending');

function goBack(event) {
  if (history.length < 2) return;
  event.preventDefault();
  history.back();
}

/** No warnings for an operator: they are told with what was asked for. */
const QUIET = { call_ends: ', then SignalWire hangs up', fallback_ends_call: '' };

/** The retry of a cancellation; null if it has none, undefined while that is not known. */
function useRetry({ id, callSid, createdAt, status }) {
  const query = queryOf({ callSid, createdAfter: createdAt, limit: 200 });
  const { data } = usePolled(RETRYABLE.has(status) ? `cancellations?${query}` : null, RETRY_MS);
  return data === null ? undefined : (data.items.find(({ retryOf }) => retryOf === id) ?? null);
}

function Story({ one, path, may, onChange }) {
  const retry = useRetry(one);
  const meaning = meaningOf(one);
  return html`<section class="panel outcome" aria-label="Outcome" aria-live="polite">
      <p class="sentence"><${Pill} of=${one.status} /> ${summaryOf(one)}</p>
      ${meaning && html`<p class="hint">${meaning}</p>`}
      ${
        retry &&
        html`<p>
          Retried at ${clock(retry.createdAt).slice(0, 8)}: <${Pill} of=${retry.status} />${' '}
          ${link(oneAddress(retry.id), 'See the retry')}
        </p>`
      }
      ${one.warnings
        .filter(({ code }) => !(code in QUIET))
        .map(({ message }) => html`<p class="warning"><${Prose}>${message}<//></p>`)}
      <${Actions} one=${one} path=${path} may=${may} isRetryable=${retry === null} onChange=${onChange} />
    </section>
    <div class="columns">
      <section aria-labelledby="timeline">
        <h2 id="timeline">Timeline</h2>
        <ol class="timeline panel">
          ${stepsOf(one).map((step) => html`<${Step} step=${step} start=${one.createdAt} />`)}
        </ol>
      </section>
      <section aria-labelledby="facts">
        <h2 id="facts">What was asked for</h2>
        <div class="panel"><${Facts} entries=${factsOf(one)} /></div>
        <details>
          <summary>Raw record</summary>
          <p><${CopyButton} text=${async () => JSON.stringify(one, null, 2)}>Copy<//></p>
          <pre tabindex="0" aria-label="Raw record">${JSON.stringify(one, null, 2)}</pre>
        </details>
      </section>
    </div>`;
}

const Step = ({ step: { at, title, detail, tone }, start }) =>
  html`<li class=${tone}>
    <span class="when mono" title=${at && dateAndTime(at)}>
      ${at && html`${clock(at)}<br /><span class="hint">+${duration(Math.max(0, Date.parse(at) - Date.parse(start)))}</span>`}
    </span>
    <span><b>${title}</b>${detail && html`<br /><span class="hint">${detail}</span>`}</span>
  </li>`;

const link = (address, text) => html`<a href=${address}>${text}</a>`;

const factsOf = (one) => [
  ['Call', link(listAddress(queryOf({ callSid: one.callSid })), one.callSid)],
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
  const ends = warnings.map(({ code }) => QUIET[code]).filter(Boolean);
  return html`${what}${ends}${
    ends.length > 0 &&
    html`<br /><span class="hint"
        >The requester decides that: a redirect, an enqueue or a dial with an action keeps the call.</span
      >`
  }`;
}

/** `{"say": "Bye"}` becomes `say "Bye"`. */
const verbText = (verb) =>
  Object.entries(verb)
    .map(([name, value]) => (value === true ? name : `${name} ${JSON.stringify(value)}`))
    .join(' ');

function Actions({ one, path, may, isRetryable, onChange }) {
  const mayCancel = may('cancel');
  const isOver = one.finishedAt !== null;
  const [isWithdrawing, setWithdrawing] = useState(false);
  const proofKey = usePolled(isOver ? 'proof-key' : null, 0);
  const [problem, setProblem] = useState(null);
  const act = (action) => async () => {
    setProblem(null);
    await action().catch(setProblem);
  };
  const retry = act(async () => go(oneAddress((await request(`${path}/retry`, 'POST')).id)));
  const again = act(async () => {
    await request(`${path}/callbacks/retry`, 'POST');
    onChange();
  });
  const withdraw = async () => {
    await request(path, 'DELETE');
    return 'Withdrawn. Nothing more is sent for it.';
  };
  return html`<p class="actions">
      ${mayCancel && isRetryable && html`<${ActionButton} class="primary" act=${retry}>Retry<//>`}
      ${
        mayCancel &&
        ['queued', 'retrying'].includes(one.status) &&
        html`<button type="button" onClick=${() => setWithdrawing(true)}>Withdraw …</button>`
      }
      ${
        mayCancel &&
        isOver &&
        one.callbacks.length > 0 &&
        html`<${ActionButton} act=${again}>Deliver the callback again<//>`
      }
      ${
        proofKey.data &&
        html`<${CopyButton} text=${async () => JSON.stringify(await request(`${path}/proof`), null, 2)}
          >${one.status === 'succeeded' ? 'Copy the proof' : 'Copy the signed record'}<//
        >`
      }
      ${
        proofKey.problem?.code === 'proof_key_missing' &&
        html`<span class="hint">No signed proof here: whoever runs streamstop has not set PROOF_KEY.</span>`
      }
    </p>
    <${ProblemNote} problem=${problem} />
    ${
      isWithdrawing &&
      html`<${Confirm}
        title="Withdraw this cancellation?"
        label="Withdraw it"
        isDangerous
        act=${withdraw}
        onClose=${(isDone) => {
          setWithdrawing(false);
          if (isDone) onChange();
        }}
      >
        <p>
          ${
            one.attempts.length === 0
              ? 'Nothing is sent for it, so its stream goes on.'
              : 'Nothing more is sent for it. Its stream goes on, unless an attempt has stopped it.'
          }
        </p>
      <//>`
    }`;
}
